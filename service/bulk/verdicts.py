"""Decisions on whole tables as the record keeps them: with their trails, advice and actions.

Many rows come to the same but for what is each account's own, so what is said of them is put together once a verdict.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from service.bulk.columns import BESIDE, MISSING, RULE, SEPARATOR, STATUS, TEAM, decision_columns
from service.bulk.engines.duckdb import DuckDbEngine
from service.bulk.expressions import Columns, answer, letter
from service.bulk.program import Answers, asked, where
from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or
from service.domain.decision import Decision, Status, trail_from_text
from service.domain.facts import Account, Facts
from service.domain.parts import Notify, Step
from service.domain.policy import Policy
from service.domain.program import Program
from service.domain.terms import Basis, NoticeCode, Segment, Team
from service.domain.vocabulary import basis, segment

BY_ITSELF = -1
"""The verdict on a row that is to be decided by itself: one that needs a review, or that no rule covers."""
_SAID, _BETWEEN = "said", "|"
"""All that is said of a row but for what is its own, as one text: equal texts are one verdict."""
_LONGEST = 100_000
_ANY_ACCOUNT = Facts(account=Account(id="any"))


@dataclass(frozen=True, slots=True)
class Judged:
    """What is decided of some rows: the number of each one's verdict, and the rows of the table of decisions."""

    verdicts: NDArray[np.int64]
    table: pa.Table


class Verdicts:
    """The verdicts of one policy and day so far. ``decisions`` has what each says, of no account in particular.

    It speaks of accounts without a decision of the VP, a standing move or a trigger.
    """

    def __init__(self, policy: Policy, on: date) -> None:
        self._policy = policy
        self._on = on
        self._columns = [*decision_columns(policy).names, *BESIDE]
        self._numbers: dict[str, int] = {}
        self.decisions: list[Decision] = []

    def judge(self, facts: Iterable[pa.Table]) -> Iterator[Judged]:
        """Judge the rows of tables of facts, one table after the other; some are read ahead of those judged."""
        sizes: deque[int] = deque()

        def measured() -> Iterator[pa.Table]:
            for table in facts:
                sizes.append(len(table))
                yield table

        with closing(DuckDbEngine()) as engine:
            said = {_SAID: lambda table: _said(table, self._policy.program)}
            yield from map(self._judged, _cut(engine.decide(self._policy, measured(), said), sizes))

    def _judged(self, decided: pa.Table) -> Judged:
        said = decided[_SAID].combine_chunks().dictionary_encode()
        numbers = [self._number(text) for text in said.dictionary.to_pylist()]
        return Judged(np.array(numbers, np.int64)[said.indices.to_numpy()], decided.select(self._columns))

    def _number(self, said: str) -> int:
        if said not in self._numbers:
            decision = self._decision(*said.split(_BETWEEN))
            alone = not decision.rule or decision.needs_review
            self._numbers[said] = BY_ITSELF if alone else len(self.decisions)
            if not alone:
                self.decisions.append(decision)
        return self._numbers[said]

    def _decision(self, trail: str, advice: str, actions: str, missing: str, *outcome: str) -> Decision:
        status, size, team, rule, source = outcome
        return Decision(
            facts=_ANY_ACCOUNT,
            policy=self._policy,
            effective_on=self._on,
            status=Status(status),
            segment=Segment(size) if size else None,
            team=Team(team) if team else None,
            rule=rule,
            basis=Basis(source) if source else None,
            leading_employees=None,
            missing_facts=_parts(missing),
            advice=tuple(map(NoticeCode, _parts(advice))),
            actions=tuple(map(NoticeCode, _parts(actions))),
            trail=trail_from_text(trail),
        )


def _cut(tables: Iterable[pa.Table], sizes: deque[int]) -> Iterator[pa.Table]:
    """The rows of tables, cut anew into tables of these sizes, of which more become known as the rows come."""
    rest: pa.Table | None = None
    for table in tables:
        rest = table if rest is None else pa.concat_tables([rest, table])
        while sizes and sizes[0] <= len(rest):
            size = sizes.popleft()
            yield rest[:size]
            rest = rest[size:]


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split(SEPARATOR)) if text else ()


def _said(table: ir.Table, program: Program) -> ir.StringValue:
    """Trail, advice, actions and missing facts, as they are recorded, then status, segment, team, rule and basis."""
    recorded = [_trail(table, program.classifying), _codes(table, program.advice), _codes(table, program.actions)]
    outcome = [table[name].fill_null("") for name in (STATUS, segment.name, TEAM, RULE, basis.name)]
    return ibis.literal(_BETWEEN).join([*recorded, table[MISSING], *outcome])


def _trail(table: ir.Table, steps: tuple[Step, ...]) -> ir.StringValue:
    """What was asked, as ``trail_to_text`` writes it."""
    seen = Answers(table)
    pieces = [
        table[asked(step.key)].ifelse(ibis.literal(f" {step.key}:").concat(*_letters(step.expression, seen)), "")
        for step in steps
    ]
    return ibis.literal("").concat(*pieces).substr(1, _LONGEST)


def _letters(expression: Expression, seen: Columns) -> Iterator[ir.StringValue]:
    match expression:
        case Clause(expression=inner):
            yield from _letters(inner, seen)
            return
        case Not(part):
            yield from _letters(part, seen)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _letters(part, seen)
        case Known() | Holds() | Compare() | IsIn():
            pass
    yield letter(answer(expression, seen))


def _codes(table: ir.Table, notices: tuple[Notify, ...]) -> ir.StringValue:
    pieces = [where(table, notify.given).ifelse(f"{SEPARATOR}{notify.code}", "") for notify in notices]
    return ibis.literal("").concat(*pieces).substr(len(SEPARATOR), _LONGEST)
