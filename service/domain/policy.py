"""A policy: one published revision of the rules, with the program by which they are read."""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from service.domain.duties.policy import DutyPolicy
from service.domain.errors import NothingToApplyError
from service.domain.parameters import Parameters
from service.domain.parts import Step
from service.domain.program import Program
from service.domain.program_json import program_digest


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Policy:
    """One published revision of the rules, in force from its first day up to, and without, ``effective_until``."""

    id: str
    version: int
    title: str
    effective_from: date
    effective_until: date | None
    program: Program

    def __repr__(self) -> str:
        return f"<{self.id} revision {self.version}>"

    @property
    def digest(self) -> str:
        """What names the program."""
        return program_digest(self.program)

    @property
    def parameters(self) -> Parameters:
        """The thresholds and dates that the revision was made with."""
        return self.program.parameters

    @property
    def steps(self) -> dict[str, Step]:
        """Every step by its key, in the order in which they may be asked."""
        return self.program.steps

    def is_in_force(self, day: date) -> bool:
        """Whether the revision had started by a day, and not ended."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


AnyPolicy: TypeAlias = Policy | DutyPolicy
"""A revision of the rules about accounts, or of the duties of opportunities."""


def of_accounts(policy: AnyPolicy) -> Policy:
    """A revision of the rules about accounts.

    Raises:
        NothingToApplyError: it is of the duties of opportunities.
    """
    if not isinstance(policy, Policy):
        raise NothingToApplyError(policy.id)
    return policy


@dataclass(frozen=True, slots=True)
class UnknownRevision:
    """A revision that is not on record here, or not as it was read: its name is all that is known of it.

    So it is of what was recorded before a database was put back, or by a newer release. ``digest`` is that of the
    program, where one is named.
    """

    id: str
    version: int
    digest: str | None
