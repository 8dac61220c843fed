"""Segmentation for a whole table: the walk of ``service.domain.segmentation``, over the same steps of the policy."""

import ibis
import ibis.expr.types as ir

from service.bulk.columns import LEADING_SOURCE
from service.bulk.expressions import answer
from service.bulk.facts import THIRD_PARTY_EMPLOYEES
from service.domain.policy import Policy
from service.domain.terms import Basis
from service.domain.vocabulary import crm_segment, employees_of, leading_employees, segment, vp_segment


def with_segments(facts: ir.Table, policy: Policy) -> ir.Table:
    """The facts, with the segment, what it rests on, the count that leads, and the answers of the steps asked."""
    steps = (policy.vp_decision, *(source.stands for source in policy.sources), policy.crm_segment)
    asked = facts.mutate(**{step.key: answer(step.expression, facts) for step in steps})
    led = asked.mutate(**_lead(asked, policy))
    banded = led.mutate(**{band.holds.key: answer(band.holds.expression, led) for band in policy.bands})
    return banded.mutate(**{segment.name: _segment(banded, policy)})


def _lead(asked: ir.Table, policy: Policy) -> dict[str, ir.Value]:
    vp_decides = asked[vp_segment.name].notnull() & asked[policy.vp_decision.key]
    bases = [(vp_decides, Basis.VP.value)]
    bases += [(asked[each.stands.key], each.source.value) for each in policy.sources]
    bases += [(asked[policy.crm_segment.key], Basis.CRM.value)]
    counts = [(vp_decides, asked[THIRD_PARTY_EMPLOYEES])]
    counts += [(asked[each.stands.key], asked[employees_of(each.source).name]) for each in policy.sources]
    return {LEADING_SOURCE: ibis.cases(*bases), leading_employees.name: ibis.cases(*counts)}


def _segment(banded: ir.Table, policy: Policy) -> ir.StringValue:
    basis = banded[LEADING_SOURCE]
    return ibis.cases(
        (basis.isnull(), ibis.null("string")),
        (basis == Basis.VP.value, banded[vp_segment.name]),
        (basis == Basis.CRM.value, banded[crm_segment.name]),
        else_=ibis.cases(*((banded[band.holds.key], band.segment.value) for band in policy.bands)),
    )
