"""The table of facts in the reference: each by its one name, what states it, and how it was called before."""

from collections.abc import Iterator

from service.crm.facts_by_name import FACTS_BY_NAME, PLAIN_NAMES, Place
from service.domain.clauses import leaves_of
from service.domain.fy23 import fy23
from service.domain.lab.stated import STATED
from service.domain.terms import Source
from service.domain.vocabulary import OLD_NAMES, PRIMARY_SOURCES, employees_of, in_one_band, wholly_wrong

_MADE_OF = {
    "segment": "what leads, by its size (SEG-1); else the VP's decision or the CRM's mark",
    "vp_segment": "`segment` of a review's resolution",
    "employee_counts": "`employee_counts`: any that can lead",
    "leading_employees": "the number that leads (SEG-2)",
    "counts_given": "some source has a number",
    "linkedin_verifying_employees": "`linkedin_employees`, unless that is wholly wrong",
    "owner": "the team that the account stands with",
    "move_leads": "routing leaves a standing move in force",
    "discovered_employees": "`employees` of a discovery",
    "employees": "`discovered_employees`, else the number that routing goes by; at a changeover the leading one",
    "potential_users": "`potential_users` of a discovery; at a changeover without one, `lam_dev_count`",
    "active_after_discovery": "`last_activity_on`, after `discovered_on` of a discovery",
    "idle_in_quarter": "`last_activity_on`, before the quarter that ended",
    "ignored_moves": "the reports of one AE in a fiscal year (MOVE-4)",
    "escalation_answer": "`team` of an escalation's answer",
    "in_question": "`in_question` of a handoff, or an escalation of it",
    "total_users": "`total_users` of a handoff",
    "initial_amount": "`initial_amount` of a handoff",
    "combined_amount": "`initial_amount` and `immediate_potential` of a handoff",
    "days_since_close": "`closed_on` of a handoff, up to the day",
    "net_arr": "`net_arr` of a handoff",
    "crm_segment_counted_out": "some source has no number in the segment that the CRM marks",
    **{
        in_one_band(source).name: f"`{employees_of(source).name}`, in one band as a whole" for source in PRIMARY_SOURCES
    },
}
"""What states a fact that no single field of a classification does."""


def named() -> list[str]:
    """Every fact that an answer or a table may name, those that a table can state before the others."""
    program = fy23().program
    asked = [leaf.fact for step in program.steps.values() for leaf in leaves_of(step.expression)]
    steps = [fact for fact in asked if fact not in program.steps]
    columns = [name for name, fact in FACTS_BY_NAME.items() if PLAIN_NAMES[fact.place] == name]
    return list(dict.fromkeys((*columns, *STATED, *steps, *map(program.asked_as, steps))))


def rows() -> Iterator[str]:
    """The table, a row a fact."""
    program = fy23().program
    yield "| fact | what states it | missing as | missing before as |\n|---|---|---|---|"
    for fact in named():
        asked = program.asked_as(fact)
        old = ", ".join(f"`{name}`" for name, now in OLD_NAMES.items() if now == fact)
        yield f"| `{fact}` | {_stated_by(fact)} | {'' if asked == fact else f'`{asked}`'} | {old} |"


def _stated_by(fact: str) -> str:
    if fact in _MADE_OF:
        return _MADE_OF[fact]
    marked = {wholly_wrong(source).name: source for source in PRIMARY_SOURCES}
    if fact in marked:
        source = marked[fact]
        gap = FACTS_BY_NAME[f"{source}_gap"].name
        number = employees_of(source).name
        return f"`wholly_wrong` of {source} in `employee_counts`; in a table its `{gap}` beside `{number}`"
    return _field(FACTS_BY_NAME[fact].place)


def _field(place: Place) -> str:
    match place:
        case ("employee_counts", Source.THIRD_PARTY.value, "employees"):
            return "`employees` in `employee_counts` of the first third party whose number stands"
        case ("employee_counts", source, field):
            return f"`{field}` of {source} in `employee_counts`"
        case _:
            return f"`{'.'.join(place)}`"
