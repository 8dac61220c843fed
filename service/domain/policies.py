"""The published policy revisions. None of them ever changes, and a decision keeps the one that it was taken under."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from service.domain.duties.fy23_duties import fy23_duties
from service.domain.duties.policy import DutyPolicy
from service.domain.errors import NoPolicyInForceError
from service.domain.fy23 import fy23
from service.domain.policy import AnyPolicy, Policy
from service.domain.sales_bounds import SalesBounds

InForce = TypeVar("InForce", Policy, DutyPolicy)


@dataclass(frozen=True, slots=True)
class Policies:
    """Every published revision, in the order of publication: one that is published later leads over those before it."""

    published: tuple[Policy, ...]
    duties: tuple[DutyPolicy, ...] = (fy23_duties(),)
    """Those of opportunity duties and other sales work, which decide no account."""

    def on(self, day: date, pointer: str = "/effective_on") -> Policy:
        """The policy in force on a day, which a request states in the field at ``pointer``.

        It is the last published of those that have started by then, and not ended.

        Raises:
            NoPolicyInForceError: none was.
        """
        return _in_force(self.published, day, pointer)

    def duties_on(self, day: date, pointer: str = "/on") -> DutyPolicy:
        """The policy of opportunity duties in force on a day; see ``on``."""
        return _in_force(self.duties, day, pointer)

    def sales_on(self, day: date) -> DutyPolicy:
        """The policy whose bounds of sales work hold on a day: on one before all of them, that of the handbook."""
        return next((policy for policy in reversed(self.duties) if policy.is_in_force(day)), self.duties[0])

    def sales_of(self, version: int, day: date) -> DutyPolicy:
        """The revision of that number; that of the day, where it was published a moment ago or is not on record."""
        return next((policy for policy in self.duties if policy.version == version), None) or self.sales_on(day)

    def bounds_on(self, day: date) -> SalesBounds:
        """The bounds of sales work on a day; see ``sales_on``."""
        return self.sales_on(day).parameters

    @property
    def all(self) -> tuple[AnyPolicy, ...]:
        """Every published revision, those of accounts first."""
        return (*self.published, *self.duties)

    def of(self, policy_id: str) -> list[AnyPolicy]:
        """The revisions of a policy, in the order of publication."""
        return [policy for policy in self.all if policy.id == policy_id]

    def revision(self, policy_id: str, version: int) -> AnyPolicy | None:
        """A published revision, or None where there is none such."""
        return next((policy for policy in self.of(policy_id) if policy.version == version), None)

    def newest(self, policy_id: str) -> AnyPolicy | None:
        """The newest published revision of a policy, or None where there is none of that name."""
        return next(reversed(self.of(policy_id)), None)


def _in_force(published: Sequence[InForce], day: date, pointer: str) -> InForce:
    for policy in reversed(published):
        if policy.is_in_force(day):
            return policy
    error = NoPolicyInForceError(day, min(policy.effective_from for policy in published))
    error.pointer = pointer
    raise error


@dataclass(frozen=True, slots=True)
class TriedPolicies(Policies):
    """The published revisions, with one that is ``tried`` on every day on which any of them is in force."""

    tried: Policy = field(kw_only=True)

    def on(self, day: date, pointer: str = "/effective_on") -> Policy:
        """See ``Policies``."""
        Policies.on(self, day, pointer)
        return self.tried


BUILT_IN = Policies((fy23(),))
"""What every installation begins with. Later revisions are published into its database."""
