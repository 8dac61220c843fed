"""The facts that expressions may speak of, by name: those that are stated, and what a program makes of them."""

from collections.abc import Iterable
from typing import Any

from service.domain.clauses import Choice, Flag, Quantity
from service.domain.terms import Source

PRIMARY_SOURCES = (Source.DATAFOX, Source.ZOOMINFO, Source.LINKEDIN)
"""The sources that can lead, in the order in which the handbook asks them (SEG-2)."""

region = Choice("region")
crm_segment = Choice("crm_segment")
crm_created_on = Quantity("crm_created_on")
first_order_available = Flag("first_order_available")
customer = Flag("customer")
key_account = Flag("key_account")
max_family_employees = Quantity("max_family_employees")
lam_dev_count = Quantity("lam_dev_count")
linkedin_engineering_it = Quantity("linkedin_engineering_it")
motion = Choice("motion")
current_team = Choice("current_team")
"""The team that owns the account, as stated, else as a standing move has it."""
vp_segment = Choice("vp_segment")
"""The segment that the VP decided on these very counts."""
family_count = Quantity("family_count")
"""Max Family Employees as stated: 0 is no data."""
third_party_employees = Quantity("third_party_employees")
"""The first number that a third party puts forward and that stands (SEG-4)."""
THIRD_PARTIES_NAMED = "third_parties_named"
"""Some third party is put forward, with a number or without: read by earlier programs alone."""
third_parties_counted = Flag("third_parties_counted")
handed_over = Flag("handed_over")
"""That a First Order of the account was handed over, as the record has it."""
"""Some third party puts a number forward, be it wholly wrong: one without a number is no entry."""

basis = Choice("basis")
"""What the segment rests on: a primary source, the VP, or the CRM's mark."""
segment = Choice("segment")
"""The segment that segmentation arrived at."""
leading_employees = Quantity("leading_employees")
"""The employee count that leads (SEG-2)."""
team = Choice("team")
rule = Choice("rule")
status = Choice("status")
"""What routing came to, a standing move included."""
BOUND_BY_ROUTES = (team.name, rule.name, status.name)

counts_given = Flag("counts_given")
"""Some source has data: a primary source other than a range across the edge of a band, or a third party."""
crm_segment_counted_out = Flag("crm_segment_counted_out")
"""Some primary source states nothing but numbers beside the segment that is marked in the CRM."""
linkedin_verifying_employees = Quantity("linkedin_verifying_employees")
"""LinkedIn's number, unless it is wholly wrong: what an SMB result is verified with (SEG-7)."""

owner = Choice("owner")
"""The team that owns the account at the moment of deciding."""
move_leads = Flag("move_leads")
"""Routing names the team that a standing move took the account from, or the account is held by its team until it is
handed over. Unknown while routing is provisional.
"""
discovered_employees = Quantity("discovered_employees")
potential_users = Quantity("potential_users")
"""What a discovery says; at a changeover, where no discovery stands, the LAM Dev Count."""
active_after_discovery = Flag("active_after_discovery")
"""The account was worked after the day of the discovery."""
employees = Quantity("employees")
"""The discovered number, else that which routing goes by; at a changeover the leading one."""
idle_in_quarter = Flag("idle_in_quarter")
"""Nothing was logged in the quarter that ended; unknown where the last activity is not known, or came later."""
escalation_answer = Choice("escalation_answer")
in_question = Flag("in_question")
total_users = Quantity("total_users")
initial_amount = Quantity("initial_amount")
combined_amount = Quantity("combined_amount")
"""The initial amount and the immediate potential together."""
days_since_close = Quantity("days_since_close")
net_arr = Quantity("net_arr")
ignored_moves = Quantity("ignored_moves")
"""How often an AE knowingly ignored MOVE-1 or MOVE-2 in one fiscal year."""
OLD_NAMES = {"employees": discovered_employees.name}
"""The names that missing facts had once, and which decisions were recorded with, with those that they have now."""


def fact_names() -> frozenset[str]:
    """The names of all facts that expressions may speak of, and that may be missing."""
    spoken = (each.name for each in globals().values() if isinstance(each, Choice | Quantity | Flag))
    return frozenset([*spoken, *(employees_of(source).name for source in PRIMARY_SOURCES), "employee_counts"])


def named_now(missing: Iterable[str]) -> tuple[str, ...]:
    """Missing facts by the names that they have now, each once."""
    return tuple(dict.fromkeys(OLD_NAMES.get(fact, fact) for fact in missing))


def count_of(source: Source) -> Quantity:
    """The number that a primary source states: 0 is no data."""
    return Quantity(f"{source}_count")


def marked(source: Source) -> Flag:
    """That the number of a primary source is marked as wholly wrong."""
    return Flag(f"{source}_marked")


def employees_of(source: Source) -> Quantity:
    """The number that a primary source has."""
    return Quantity(f"{source}_employees")


def wholly_wrong(source: Source) -> Flag:
    """That a primary source's number was found to be wholly wrong."""
    return Flag(f"{source}_wholly_wrong")


def apart_from(source: Source) -> Flag:
    """That a source before it states a range, not set aside, with which its number has none in common."""
    return Flag(f"{source}_apart")


def in_one_band(source: Source) -> Flag:
    """That the number of a primary source lies in one band: unknown of a range across an edge, false of none."""
    return Flag(f"{source}_in_one_band")


NOTHING_STATED: dict[str, Any] = {
    **{fact.name: None for fact in (region, crm_segment, crm_created_on, first_order_available, customer, key_account)},
    **{fact.name: None for fact in (family_count, lam_dev_count, linkedin_engineering_it, motion, current_team)},
    **{fact.name: None for fact in (vp_segment, third_party_employees)},
    **{count_of(source).name: None for source in PRIMARY_SOURCES},
    **{marked(source).name: False for source in PRIMARY_SOURCES},
    **{apart_from(source).name: False for source in PRIMARY_SOURCES[1:]},
    **dict.fromkeys((THIRD_PARTIES_NAMED, third_parties_counted.name, handed_over.name), False),
}
"""What can be stated of an account, whatever is derived from it, with what each is where nothing is stated."""
