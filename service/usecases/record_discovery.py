"""Record a discovery: what an AE found out about an account, and whether that moves it (MOVE-1, MOVE-2, MOVE-5)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from service.domain.decide import decide
from service.domain.decision import Kind, RecordedDecision
from service.domain.errors import HandoffUnderWayError, NotYetError, UnknownAccountError
from service.domain.moves import before
from service.domain.triggers import Discovery
from service.store.recording import Asked, MoveAccount, Standing, Submission


def propose_discovery(
    account_id: str, found: Callable[..., Discovery], on: date, today: date, asked: Asked
) -> Submission[RecordedDecision]:
    """A discovery to be recorded: decided on the account as it then stands.

    It takes effect on its day, or on that of the decision that it follows where that is later, under the policy of
    then. ``found`` is what was found out on its day, of which all is known but where the account stands.

    Raises:
        NotYetError: it is of a day to come.
    """
    if on > today:
        raise NotYetError("/discovered_on", on, today)

    def decide_on(standing: Standing) -> MoveAccount:
        standing.policies.on(on, "/discovered_on")
        if standing.previous is None:
            raise UnknownAccountError(account_id)
        if any(not each.handoff.is_closed for each in standing.handoffs):
            raise HandoffUnderWayError(account_id)
        stood = standing.previous.decision
        move = None if standing.account is None else standing.account.move
        facts = replace(stood.facts, move=move, trigger=found(before=before(stood)))
        effective_on = standing.effective_day(on, today)
        decision = decide(facts, standing.policies.on(effective_on), effective_on)
        return MoveAccount(decision=decision, kind=Kind.DISCOVERY)

    return Submission(account_id=account_id, asked=asked, decide=decide_on, whole=True)
