"""Record a discovery: what an AE found out about an account, and whether that moves it (MOVE-1, MOVE-2, MOVE-5)."""

from dataclasses import asdict, dataclass, replace
from datetime import date

from service.domain.decide import decide
from service.domain.decision import Kind, RecordedDecision
from service.domain.errors import HandoffUnderWayError, NotYetError, UnknownAccountError
from service.domain.moves import before
from service.domain.triggers import Discovery
from service.store.recording import MoveAccount, Standing, Submission
from service.usecases.classify import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found out, by whom, and on which day. Either number may be unknown."""

    discovered_by: str
    employees: int | None
    potential_users: int | None
    evidence: str | None
    discovered_on: date


def propose_discovery(account_id: str, found: Found, today: date, asked: Asked) -> Submission[RecordedDecision]:
    """A discovery to be recorded: decided on the account as it then stands, under the policy of its day.

    Raises:
        NotYetError: it is of a day to come.
    """
    if found.discovered_on > today:
        raise NotYetError("/discovered_on", found.discovered_on, today)

    def decide_on(standing: Standing) -> MoveAccount:
        policy = standing.policies.on(found.discovered_on, "/discovered_on")
        if standing.previous is None:
            raise UnknownAccountError(account_id)
        if any(not each.handoff.is_closed for each in standing.handoffs):
            raise HandoffUnderWayError(account_id)
        stood = standing.previous.decision
        trigger = Discovery(before=before(stood), **asdict(found))
        move = None if standing.account is None else standing.account.move
        facts = replace(stood.facts, move=move, trigger=trigger)
        return MoveAccount(decision=decide(facts, policy, found.discovered_on), kind=Kind.DISCOVERY)

    return asked.submission(account_id, decide_on, whole=True)
