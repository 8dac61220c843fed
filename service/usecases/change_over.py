"""Carry out a quarter changeover: move each account that has earned it, once, however often it is run (MOVE-3).

It asks each move that stands again, too: an account whose move holds no more on the day goes back where routing sends
it (MOVE).
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from service.domain.calendar import is_changeover
from service.domain.decide import decide
from service.domain.decision import Decision, Kind, RecordedDecision
from service.domain.errors import NotChangeoverError, NotMovedError, NotYetError
from service.domain.moves import before
from service.domain.policies import Policies
from service.domain.terms import Team
from service.domain.triggers import Changeover, Discovery, Move
from service.store.changeovers import chunks_of_accounts
from service.store.database import Database
from service.store.policies import current_policies
from service.store.recording import AccountState, Asked, MoveAccount, Standing, Submission, allow_refusal
from service.usecases.account_events import deleted_accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a changeover is: looked at up to an account, moved so far, and open for want of the last activity.

    ``examined`` are accounts of Territory. Those of other teams are looked at where a move stands on them.
    """

    after: str | None = None
    examined: int = 0
    moved: int = 0
    unsettled: int = 0


def check_changeover(on: date, today: date, policies: Policies) -> None:
    """See that a changeover can be run on a day.

    Raises:
        NotChangeoverError: the day is not the first of a fiscal quarter.
        NotYetError: the quarter before it has not ended.
        NoPolicyInForceError: no policy was in force.
    """
    if not is_changeover(on):
        raise NotChangeoverError(on)
    if on > today:
        raise NotYetError("/on", on, today)
    policies.on(on, "/on")


async def change_over(
    database: Database, on: date, asked: Asked, note: Callable[[Progress], None], begun: Progress
) -> Progress:
    """Move the accounts that the changeover of a day moves, chunk by chunk, each chunk durable before it is noted.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way; running it again completes it.
    """
    progress = begun
    chunks = chunks_of_accounts(database.engine, progress.after)
    while chunk := await asyncio.to_thread(next, chunks, None):
        policies = await asyncio.to_thread(current_policies, database.engine)
        decided = [(account, decide_on(account, decision, on, policies)) for account, decision in chunk]
        concerned = await asyncio.to_thread(_concerned, database, decided, on)
        due = [_move(account_id, on, asked) for account_id, moves in concerned.items() if moves]
        moved = 0
        if due:
            made = await database.recorder.record([allow_refusal(move) for move in due])
            moved = sum(isinstance(each, RecordedDecision) for each in made)
        progress = Progress(
            after=chunk[-1][1].account_id,
            examined=progress.examined + sum(decision.decision.team is Team.MM_TERRITORY for _, decision in chunk),
            moved=progress.moved + moved,
            unsettled=progress.unsettled + len(concerned) - len(due),
        )
        await asyncio.to_thread(note, progress)
    return progress


def concerned_accounts(database: Database, on: date, after: str | None) -> Iterator[tuple[Decision, bool]]:
    """The decisions that a changeover would take now, in the order of the accounts' identifiers, with whether it moves.

    Those that do not stay open for want of the last activity alone, and are not recorded.
    """
    policies = current_policies(database.engine)
    for chunk in chunks_of_accounts(database.engine, after):
        decided = [(state, decide_on(state, recorded, on, policies)) for state, recorded in chunk]
        concerned = _concerned(database, decided, on)
        named = ((decision, concerned.get(decision.facts.account.id)) for _, decision in decided)
        yield from ((decision, moves) for decision, moves in named if moves is not None)


def decide_on(state: AccountState, recorded: RecordedDecision, on: date, policies: Policies) -> Decision:
    """What the changeover of a day does to an account that stands on a decision, which it does not take effect before.

    ``policies`` are what is published: the one in force when it takes effect decides.
    """
    stood, effective_on = recorded.decision, max(on, state.effective_on)
    policy, facts = policies.on(effective_on), replace(stood.facts, move=state.move)
    found: list[Discovery | Move] = [facts.trigger] if isinstance(facts.trigger, Discovery) else []
    if state.move is not None and decide(replace(facts, trigger=None), policy, effective_on).rule == state.move.rule:
        found = [*found, state.move]  # what it was moved for holds, as long as it leads
    trigger = Changeover(
        before=before(stood),
        on=on,
        discovered_employees=next((each.employees for each in found if each.employees is not None), None),
        discovered_users=next((each.potential_users for each in found if each.potential_users is not None), None),
    )
    return decide(replace(facts, trigger=trigger), policy, effective_on)


def _concerned(database: Database, decided: Iterable[tuple[AccountState, Decision]], on: date) -> dict[str, bool]:
    """The accounts that are moved (true) or stay open (false), in their order: none that the CRM has deleted."""
    concerned = {
        decision.facts.account.id: is_due
        for state, decision in decided
        if (is_due := _is_due(state, decision, on)) or _is_open(decision)
    }
    deleted = deleted_accounts(database, [*concerned])
    return {account_id: moves for account_id, moves in concerned.items() if account_id not in deleted}


def _is_due(state: AccountState, decision: Decision, on: date) -> bool:
    """Whether it moves the account, which no open handoff holds, and which no changeover since has moved already."""
    if state.move is not None and state.move.rests_on == "HAND-6":
        return False
    trigger = decision.facts.trigger
    moves = trigger is not None and decision.team is not trigger.before.team
    return moves and (state.changed_over_on is None or state.changed_over_on < on)


def _is_open(decision: Decision) -> bool:
    """Whether nothing but the last activity leaves it open."""
    trigger = decision.facts.trigger
    stood_without = () if trigger is None else trigger.before.missing_facts
    return set(decision.missing_facts) - set(stood_without) == {"last_activity_on"}


def _move(account_id: str, on: date, asked: Asked) -> Submission[RecordedDecision]:
    def move(standing: Standing) -> MoveAccount:
        if standing.previous is None or standing.account is None:
            raise NotMovedError(account_id)
        decision = decide_on(standing.account, standing.previous, on, standing.policies)
        if not _is_due(standing.account, decision, on):
            raise NotMovedError(account_id)
        return MoveAccount(decision=decision, kind=Kind.CHANGEOVER)

    return Submission(account_id=account_id, asked=asked, decide=move, whole=True)
