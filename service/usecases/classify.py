"""Classify an account: decide on its facts, and on what the VP decided of these counts, and have it recorded."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from service.domain.conduct import ConductMatter, MatterKind
from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import NotYetError
from service.domain.facts import Facts, OnRecord
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.parts import Fork
from service.domain.policy import Policy
from service.domain.reviews import ReviewState, ReviewStatus, counts_fingerprint
from service.domain.sellers import NOBODY, Sellers
from service.domain.standing_moves import standing_move
from service.domain.terms import Team
from service.domain.triggers import Move
from service.store.database import Database
from service.store.decisions import decision_on, standing_decision, standing_state
from service.store.handoffs import HandoffFilter, page_of_handoffs
from service.store.policies import current_policies
from service.store.recording import AccountState, Asked, Classify, Standing, Submission
from service.store.reviews import complete_move, reviews_of_account

_MANY_HANDOFFS = 1_000
"""More than any account has."""
_COUNTS_OF_ONE = 6
"""Employee counts that take as long to write as all of a usual classification."""


def propose_classification(
    facts: Facts,
    on: date | None,
    today: date,
    dedup_requested_by: str | None,
    asked: Asked,
    sellers: Callable[[], Sellers] = lambda: NOBODY,
) -> Submission[RecordedDecision]:
    """A classification to be recorded: decided when nothing can change any more what it rests on.

    It is effective ``on`` a day, or else today.

    Raises:
        NotYetError: it is of a day to come.
        SeveralPeopleError: several of the ``sellers`` may have asked for the deduplication.
    """
    effective_on = today if on is None else on
    if effective_on > today:
        raise NotYetError("/effective_on", effective_on, today)
    people = None if dedup_requested_by is None else sellers()
    if people is not None and dedup_requested_by is not None:
        people.meant(dedup_requested_by, "/dedup_requested_by", today)

    def decide_on(standing: Standing) -> Classify:
        return classification(facts, effective_on, standing, today, _deduplication(dedup_requested_by, today))

    return Submission(
        account_id=facts.account.id,
        asked=asked,
        decide=decide_on,
        on=on,
        whole=asks_for_the_owner(facts),
        weight=1 + len(facts.employee_counts) // _COUNTS_OF_ONE,
        of_conduct=people,
    )


def classification(
    facts: Facts, on: date, standing: Standing, today: date, conduct: ConductMatter | None = None
) -> Classify:
    """The classification of an account that stands so. One of a day before that of what stands is history.

    History is decided with the move that stood on its day, and with who owned the account, and was handed over, by it.

    Raises:
        NoPolicyInForceError: no policy was in force on the day.
        UnroutableAccountError: no routing rule covers the facts.
    """
    stands, move = _move_of(standing.account, standing.then, on, today)
    owned, by = (standing.previous, None) if stands else (standing.then, on)
    facts = with_the_record(facts, owned, standing.handoffs, by)
    fingerprint = counts_fingerprint(facts.employee_counts, standing.reviews)
    decision = decide_with(facts, standing.policies.on(on), on, standing.reviews.get(fingerprint), move)
    return Classify(decision=decision, counts_fingerprint=fingerprint, conduct=conduct, stands=stands)


def try_classification(database: Database, facts: Facts, on: date, today: date) -> tuple[Decision, bool]:
    """What a classification would decide now, and whether it would stand. Records nothing.

    Raises:
        NoPolicyInForceError: no policy was in force on the day.
        UnroutableAccountError: no routing rule covers the facts.
        StoreUnavailableError: the database cannot be reached.
    """
    policy, account_id = current_policies(database.engine).on(on), facts.account.id
    account, then = standing_state(database.engine, account_id), decision_on(database.engine, account_id, on)
    stands, move = _move_of(account, then, on, today)
    if asks_for_the_owner(facts):
        handoffs = handoffs_of(database, account_id)
        owned = standing_decision(database.engine, account_id) if stands else then
        facts = with_the_record(facts, owned, handoffs, None if stands else on)
    reviews = reviews_of_account(database.engine, account_id)
    review = reviews.get(counts_fingerprint(facts.employee_counts, reviews))
    return decide_with(facts, policy, on, review, complete_move(database.engine, account_id, move)), stands


def with_the_record(
    facts: Facts, previous: RecordedDecision | None, handoffs: Iterable[RecordedHandoff], by: date | None = None
) -> Facts:
    """The facts with what the record says of who owns the account, where that counts (ROUTE-2).

    Its team does where the CRM states none; and a handoff that was completed or answered ``by`` a day, None: ever, of
    a team that may be MMKAFO.
    """
    if not asks_for_the_owner(facts):
        return facts if facts.on_record is None else replace(facts, on_record=None)
    stands = previous is not None and facts.account.current_team is None
    team = previous.decision.team if previous is not None and stands else None
    settled = (each.settled_on for each in handoffs if each.settled_on is not None)
    on_record = OnRecord(team=team, handed_over=any(by is None or day <= by for day in settled) or None)
    return replace(facts, on_record=None if on_record == OnRecord() else on_record)


def handoffs_of(database: Database, account_id: str) -> list[RecordedHandoff]:
    """Every handoff of an account.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return page_of_handoffs(database.engine, HandoffFilter(account_id=account_id), limit=_MANY_HANDOFFS)


def asks_for_the_owner(facts: Facts) -> bool:
    """Whether it counts who owns the account by the record (ROUTE-2)."""
    account = facts.account
    undecided = account.customer is True and account.key_account is None
    return undecided and account.current_team in {None, Team.MMKAFO}


def _move_of(
    account: AccountState | None, then: RecordedDecision | None, on: date, today: date
) -> tuple[bool, Move | None]:
    """Whether a classification of a day stands, and the move that it is decided with: for history, that of its day."""
    if account is None or on >= account.stands_on(today):
        return True, None if account is None else account.move
    return False, None if then is None else standing_move(then.decision)


def _deduplication(account_executive: str | None, today: date) -> ConductMatter | None:
    if account_executive is None:
        return None
    return ConductMatter(
        kind=MatterKind.DEDUPLICATION,
        account_executive=account_executive,
        rule="ROUTE-5",
        reason=None,
        occurred_on=today,
    )


def decide_with(facts: Facts, policy: Policy, on: date, review: ReviewState | None, move: Move | None) -> Decision:
    """The decision on the facts of an account, with what the VP decided of its counts, and the move that stands.

    Raises:
        UnroutableAccountError: no routing rule covers the facts.
    """
    if move is not None:
        facts = replace(facts, move=move)
    if review is not None and review.status is ReviewStatus.RESOLVED:
        facts = replace(facts, vp_decision=review.verdict)
    return without_what_nobody_asked(decide(facts, policy, on), policy)


def without_what_nobody_asked(decision: Decision, policy: Policy) -> Decision:
    """The decision, without what the record says of the owner where no rule came to ask for it (ROUTE-2)."""
    answers = dict(decision.trail)
    forks = (route.to for route in policy.program.routes.routes if isinstance(route.to, Fork) and route.to.keeps)
    if decision.facts.on_record is None or any(answers.get(fork.test.key, [True])[-1] is None for fork in forks):
        return decision
    return decision._replace(facts=replace(decision.facts, on_record=None))
