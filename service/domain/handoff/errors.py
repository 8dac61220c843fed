"""What a handoff does not allow: each with a stable code. None of them changes anything."""

from datetime import date

from service.domain.errors import DomainError
from service.domain.fy23_citations import BILLING_REASSIGNMENT
from service.domain.handoff.checklist import Side

_SIDES = {Side.FIRST_ORDER: "First Order side", Side.RECEIVING: "receiving side"}


class UnknownItemError(DomainError):
    """The checklist has no such item: name one that it has."""

    code = "unknown_item"

    def __init__(self, name: str) -> None:
        super().__init__(f"The checklist has no item {name!r} (HAND-4, HAND-5)")
        self.name = name


class WrongSideError(DomainError):
    """The step belongs to a side that the caller does not act for: ask that side to take it (HAND-6)."""

    code = "wrong_side"

    def __init__(self, *sides: Side) -> None:
        super().__init__(f"This is for the {' or the '.join(_SIDES[side] for side in sides)} to do (HAND-6)")
        self.sides = sides


class HandoffClosedError(DomainError):
    """The handoff is completed, or the account stays with MMKAFO: nothing is left to be done (HAND-6, HAND-1)."""

    code = "handoff_closed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The handoff is closed ({status}); what was done stands (HAND-6)")


class NotEscalatedError(DomainError):
    """Nobody asked who receives the account: escalate the handoff first, and then answer (HAND-1)."""

    code = "not_escalated"

    def __init__(self) -> None:
        super().__init__("The receiver is not in question, so there is nothing to answer; escalate first (HAND-1)")


class AlreadyTickedError(DomainError):
    """The item is ticked: reopen it with a reason, and tick it anew with other evidence (HAND-6)."""

    code = "already_ticked"

    def __init__(self, name: str) -> None:
        super().__init__(f"The item {name} is ticked already; reopen it first (HAND-6)")
        self.name = name


class NotTickedError(DomainError):
    """The item is not ticked, so there is nothing to reopen (HAND-6)."""

    code = "not_ticked"

    def __init__(self, name: str) -> None:
        super().__init__(f"The item {name} is not ticked, so it cannot be reopened (HAND-6)")
        self.name = name


class AwaitsAnswerError(DomainError):
    """Who receives the account is in question: wait for the answer to the escalation (HAND-1)."""

    code = "awaits_answer"

    def __init__(self) -> None:
        super().__init__("Who receives the account is in question; this waits for the answer (HAND-1)")


class NotCompletedError(DomainError):
    """Billing issues are re-assigned after the handoff: complete it first (HAND-7)."""

    code = "not_completed"

    def __init__(self) -> None:
        where = f"{BILLING_REASSIGNMENT.heading}, {BILLING_REASSIGNMENT.item}"
        super().__init__(f"A billing issue is re-assigned once the handoff is completed (HAND-7; handbook: {where})")


class InvalidAnswerError(DomainError):
    """The answer names a team that receives no handoff: name MMKAN, MM_TERRITORY or MMKAFO (HAND-1)."""

    code = "invalid_answer"
    pointer = "/team"

    def __init__(self) -> None:
        super().__init__("A handoff goes to MMKAN or MM_TERRITORY, or stays with MMKAFO (HAND-1)")


class EvidenceError(DomainError):
    """The evidence does not fit the handoff: correct the field that ``pointer`` names (HAND-6)."""

    code = "invalid_evidence"

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.pointer = "/evidence" if field is None else f"/evidence/{field}"

    @classmethod
    def ahead(cls, field: str, today: date) -> "EvidenceError":
        """A day that has not come is stated as one that has."""
        return cls(f"{field} has not come yet: today is {today} (HAND-6)", field)

    @classmethod
    def before_the_close(cls, field: str, closed_on: date) -> "EvidenceError":
        """A day of the handoff lies before the handoff began."""
        return cls(f"{field} lies before the close on {closed_on}, with which the handoff began (HAND-6)", field)
