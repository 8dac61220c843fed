"""The published policies, oldest first. A published revision never changes."""

from datetime import date

from service.domain.errors import NoPolicyInForceError
from service.domain.fy23 import fy23
from service.domain.policy import Policy, in_force

PUBLISHED: tuple[Policy, ...] = (fy23(),)


def policy_on(on: date, pointer: str = "/effective_on") -> Policy:
    """The policy in force on a day, which a request states in the field at ``pointer``.

    Raises:
        NoPolicyInForceError: none was.
    """
    try:
        return in_force(PUBLISHED, on)
    except NoPolicyInForceError as error:
        error.pointer = pointer
        raise


def published(policy_id: str, version: int) -> Policy | None:
    """A published revision, or None where there is none such."""
    return next((policy for policy in PUBLISHED if (policy.id, policy.version) == (policy_id, version)), None)


def newest_revision(policy_id: str) -> Policy | None:
    """The newest published revision of a policy, or None where there is none of that name."""
    return next((policy for policy in reversed(PUBLISHED) if policy.id == policy_id), None)
