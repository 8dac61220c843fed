"""Which clauses of classification two policies both ask of an account, and answer otherwise, for a whole table.

What ``service.domain.lab.backtest.flips_of`` reads in two trails. A table has no trail: a clause says of a row what it
says, asked or not, so where it is asked is worked out here, in the order of ``service.domain.decide``.
"""

from collections.abc import Iterable, Iterator

import ibis
import ibis.expr.types as ir

from service.bulk.columns import LEADING_SOURCE, TEAM
from service.bulk.expressions import Answer
from service.domain.lab.backtest import LETTERS
from service.domain.policy import Fork, Policy, Step
from service.domain.terms import Segment, Team
from service.domain.vocabulary import segment, vp_segment
from service.domain.wording import clauses_of

_YES, _NO, _UNKNOWN = LETTERS[True], LETTERS[False], LETTERS[None]


def asked_where(decided: ir.Table, policy: Policy) -> dict[str, Answer]:
    """Each clause by the name of its column, and where it is asked: never unknown.

    ``decided`` are decisions under the policy, with the facts beside them.
    """
    return {
        name: where
        for step, where in (*_of_the_segment(decided, policy), *_of_the_route(decided, policy))
        for name in (step.key, *(f"{step.rule}/{clause.label}" for clause in clauses_of(step.expression)))
    }


def flipped(asked: Iterable[tuple[str, Answer, Answer, Answer]]) -> ir.StringValue:
    """The flips of a row, as text: of each clause its name, where both policies ask it, and what the two answer."""
    pieces = [
        ibis.ifelse(
            where & ~before.identical_to(after), ibis.literal(f" {name}:") + _letter(before) + _letter(after), ""
        )
        for name, where, before, after in asked
    ]
    return ibis.literal("").concat(*pieces)


def _letter(answer: Answer) -> ir.StringValue:
    return ibis.cases((answer, _YES), (~answer, _NO), else_=_UNKNOWN)


def _of_the_segment(decided: ir.Table, policy: Policy) -> Iterator[tuple[Step, Answer]]:
    vp_decides = decided[vp_segment.name].notnull()
    yield policy.vp_decision, vp_decides
    still_open: Answer = ~(vp_decides & _surely(decided, policy.vp_decision))
    for source in policy.sources:
        yield source.stands, still_open
        still_open &= ~_surely(decided, source.stands)
    yield policy.crm_segment, still_open

    in_no_band: Answer = decided[LEADING_SOURCE].isin([source.source.value for source in policy.sources])
    for band in policy.bands:
        yield band.holds, in_no_band
        in_no_band &= ~_surely(decided, band.holds)

    small = _surely_is(decided[segment.name], Segment.SMB)
    yield policy.double_check, small
    yield policy.double_check_required, small & decided[policy.double_check.key].isnull()


def _of_the_route(decided: ir.Table, policy: Policy) -> Iterator[tuple[Step, Answer]]:
    not_routed: Answer = decided[segment.name].notnull()
    for route in policy.routes:
        yield route.when, not_routed
        if isinstance(route.to, Fork):
            yield route.to.test, not_routed & decided[route.when.key].fill_null(True)  # noqa: FBT003 - the value that fills
        not_routed &= ~_surely(decided, route.when)
    yield policy.guideline, _surely_is(decided[TEAM], Team.MMKAFO)


def _surely(decided: ir.Table, step: Step) -> Answer:
    return decided[step.key].fill_null(False)  # noqa: FBT003 - the value that fills


def _surely_is(column: ir.StringValue, value: str) -> Answer:
    return (column == str(value)).fill_null(False)  # noqa: FBT003 - the value that fills
