"""Recorded decisions to rows and back: the one place where a row becomes a value."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from pydantic import TypeAdapter

from service.domain.account_ids import forms_of, full_id
from service.domain.decision import Decision, Kind, RecordedDecision, Status, trail_from_text, trail_to_text
from service.domain.facts import Facts
from service.domain.fields import AS_RECORDED
from service.domain.origins import origins_from_text, origins_to_text
from service.domain.policies import Policies
from service.domain.policy import Policy, UnknownRevision
from service.domain.reviews import ReviewState
from service.domain.terms import Basis, NoticeCode, Segment, Team
from service.store.batch import Loaded, Writes
from service.store.facets import facet_of, facet_values
from service.store.inbox import Known
from service.store.once import Answer
from service.store.recording import AccountState
from service.store.rows import Decoders, Insert, Row, decode_row
from service.store.rows.conduct import decode_matters
from service.store.rows.events import decode_events, decode_open_events
from service.store.rows.handoffs import decode_handoffs_of_accounts
from service.store.rows.moves import decode_move, with_what_it_rests_on
from service.store.rows.reviews import decode_disputes, decode_review
from service.store.rows.stated import decode_stated
from service.store.tables.decisions import DecisionRow, IdempotencyRow

DECISION_COLUMNS = tuple(DecisionRow.model_fields)
ReadBy: TypeAlias = Callable[[str, int, str | None], Policy | None]
"""A revision of a policy, as the program of a digest reads it."""
PROGRAM = DECISION_COLUMNS.index("program")
_FACTS = TypeAdapter(Facts)


def decision_values(recorded: RecordedDecision) -> Row:
    """A decision's row, in the order of ``DECISION_COLUMNS``."""
    decision = recorded.decision
    return (
        recorded.id,
        recorded.kind,
        recorded.account_id,
        decision.status,
        decision.segment,
        decision.team,
        decision.rule,
        decision.basis,
        decision.leading_employees,
        ";".join(decision.missing_facts),
        ";".join(decision.advice),
        ";".join(decision.actions),
        decision.policy_id,
        decision.policy_version,
        decision.policy.digest,
        decision.effective_on,
        facts_to_text(decision.facts),
        trail_to_text(decision.trail),
        recorded.actor,
        recorded.source,
        recorded.request_id,
        recorded.previous_decision_id,
        recorded.review_id,
        recorded.recorded_at,
        facet_of(*facet_values(recorded)),
        recorded.stands,
        None if recorded.told_by is None else origins_to_text(recorded.told_by),
        recorded.team_before,
        recorded.unchanged or None,
    )


def new_facets(writes: Writes, known: Container[int | str]) -> list[Row]:
    """The rows of the facets that a batch needs and that are not known to be there, in the order of their numbers."""
    needed = {facet_of(*values): values for values in map(facet_values, writes.decisions)}
    return [(facet, *needed[facet]) for facet in sorted(needed) if facet not in known]


def facts_to_text(facts: Facts) -> str:
    """Facts as a row holds them: JSON, without what is not known."""
    return _FACTS.dump_json(facts, exclude_none=True).decode()


def facts_of(text: str) -> Facts:
    """The facts that a row holds as JSON."""
    return _FACTS.validate_json(text, context=AS_RECORDED)


def decode_decision(row: DecisionRow, policy: Policy | None) -> RecordedDecision:
    """The decision that a row holds, under the policy revision that the row names; None where that is not known."""
    return RecordedDecision(
        id=row.id,
        kind=Kind(row.kind),
        account_id=full_id(row.account_id),
        decision=Decision(
            facts=facts_of(row.facts),
            policy=policy or UnknownRevision(row.policy_id, row.policy_version, row.program),
            effective_on=row.effective_on,
            status=Status(row.status),
            segment=None if row.segment is None else Segment(row.segment),
            team=None if row.team is None else Team(row.team),
            rule=row.rule,
            basis=None if row.leading_source is None else Basis(row.leading_source),
            leading_employees=row.leading_employees,
            missing_facts=_parts(row.missing_facts),
            advice=tuple(map(NoticeCode, _parts(row.advice))),
            actions=tuple(map(NoticeCode, _parts(row.actions))),
            trail=trail_from_text(row.trail),
        ),
        actor=row.actor,
        source=row.source,
        request_id=row.request_id,
        previous_decision_id=row.previous_decision_id,
        review_id=row.review_id,
        recorded_at=row.recorded_at,
        stands=row.stands is None or bool(row.stands),
        told_by=None if row.told_by is None else origins_from_text(row.told_by),
        team_before=None if row.team_before is None else Team(row.team_before),
        unchanged=bool(row.unchanged),
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


def _answers(writes: Writes) -> Iterator[Row]:
    """The rows of first answers."""
    for key, answer, at in writes.answers:
        yield (key.caller, key.key, key.fingerprint, answer.reference, answer.body, at)


STANDINGS = """
SELECT a.account_id, a.decision_id, a.recorded_at, d.effective_on, a.move, a.changed_over_on, d.team, a.facet, a.name,
       a.owner_id,
       r.id, r.counts_fingerprint, r.status, r.resolved_segment, r.resolved_reason, r.resolved_by, r.dispute_id
FROM accounts a JOIN decisions d ON d.id = a.decision_id LEFT JOIN reviews r ON r.account_id = a.account_id
WHERE a.account_id
"""
"""Where accounts stand, with their reviews; each database says in its own way which accounts."""


WHOLE = f"""
SELECT {", ".join(f"d.{column}" for column in DECISION_COLUMNS)}
FROM accounts a JOIN decisions d ON d.id = a.decision_id
WHERE a.account_id
"""  # noqa: S608 - our own names
"""The decisions that accounts stand on."""
STOOD = (
    f"SELECT {', '.join(f'd.{column}' for column in DECISION_COLUMNS)} FROM ",  # noqa: S608 - our own names
    """ CROSS JOIN decisions d WHERE d.id = (
  SELECT p.id FROM decisions p WHERE p.account_id = asked.account_id AND p.effective_on <= asked.on_day
  ORDER BY p.effective_on DESC, p.id DESC LIMIT 1
)
""",
)
"""What stood of accounts on days, around what is ``asked`` for, which each database says in its own way."""


def past_of(days: Iterable[tuple[str, date]], standings: Iterable[Row], decoders: Decoders) -> list[tuple[str, date]]:
    """Those of the days of accounts that are before the day of what stands, by the rows of ``STANDINGS``.

    Each account stands there by every form of its id.
    """
    stands_on = {row[0]: row[3] for row in standings}
    return [
        (form, day)
        for account, day in days
        if account in stands_on and day < decoders.day(stands_on[account])
        for form in forms_of(account)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRows:
    """The rows that a batch's queries gave: of ``STANDINGS``, of first answers, and of those that are named alike.

    ``made`` are those of ``MADE_MOVES`` for ``bare_moves``, ``past`` those of ``STOOD``, ``stated`` of ``STATED``,
    ``matters`` of ``MATTERS``, and ``disputes`` of ``DISPUTES``.
    """

    standings: Iterable[Row]
    answers: Iterable[Row]
    whole: Sequence[Row]
    made: Sequence[Row]
    past: Sequence[Row]
    handoffs: Iterable[Row]
    events: Iterable[Row]
    records: Sequence[Row]
    stated: Iterable[Row]
    open_events: Iterable[Row]
    matters: Iterable[Row]
    disputes: Iterable[Row]


def decode_rows(found: LoadedRows, decoders: Decoders, policies: Policies, read_by: ReadBy) -> Loaded:
    """What a batch decides on, from the rows of its queries."""
    accounts: dict[str, AccountState] = {}
    reviews: dict[str, dict[str, ReviewState]] = {}
    for account_id, decision_id, recorded_at, effective_on, move, changed_over_on, team, *more in found.standings:
        facet, name, owner_id, *review = more
        if account_id not in accounts:
            accounts[account_id] = AccountState(
                decoders.identifier(decision_id),
                decoders.instant(recorded_at),
                decoders.day(effective_on),
                decode_move(move),
                None if changed_over_on is None else decoders.day(changed_over_on),
                None if team is None else Team(team),
                facet,
                name,
                owner_id,
            )
        if (state := decode_review(review, decoders)) is not None:
            reviews.setdefault(account_id, {})[state.counts_fingerprint] = state
    told = {
        (caller, key): (fingerprint, Answer(body, reference))
        for caller, key, fingerprint, reference, body in found.answers
    }
    decisions = (_whole(row, decoders, read_by) for row in found.whole)
    past: dict[str, list[RecordedDecision]] = {}
    for each in (_whole(row, decoders, read_by) for row in found.past):
        past.setdefault(each.account_id, []).append(each)
    made: dict[str, list[RecordedDecision]] = {}
    for each in (_whole(row, decoders, read_by) for row in found.made):
        made.setdefault(each.account_id, []).append(each)
    for account_id, maybe in made.items():
        stood = accounts[account_id]
        accounts[account_id] = replace(stood, move=with_what_it_rests_on(stood.move, maybe))
    return Loaded(
        policies=policies,
        accounts=accounts,
        reviews=reviews,
        answers=told,
        decisions={recorded.account_id: recorded for recorded in decisions},
        past=past,
        handoffs=decode_handoffs_of_accounts(found.handoffs, decoders),
        events=decode_events(found.events, decoders),
        records={
            (kind, record_id): Known(known, decoders.instant(changed_at))
            for kind, record_id, known, changed_at in found.records
        },
        stated=decode_stated(found.stated, decoders, facts_of),
        open_events=decode_open_events(found.open_events, decoders),
        matters=decode_matters(found.matters, decoders),
        disputes=decode_disputes(found.disputes, decoders),
    )


def _whole(row: Row, decoders: Decoders, read_by: ReadBy) -> RecordedDecision:
    found = decode_row(DecisionRow, row, decoders)
    return decode_decision(found, read_by(found.policy_id, found.policy_version, found.program))


STATEMENTS = (Insert(IdempotencyRow, _answers),)
"""What a batch writes of what follows from decisions, behind those."""
