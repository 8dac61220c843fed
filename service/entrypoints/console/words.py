"""What codes mean, in our words: teams, statuses, kinds and facts, as pages and their glossary print them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.domain.decision import Kind, Status
from service.domain.ranges import Range
from service.domain.terms import Basis, Motion, Segment, Source, Team
from service.domain.vocabulary import PRIMARY_SOURCES, employees_of, in_one_band, wholly_wrong
from service.domain.wording import SEGMENT_NAMES, SOURCE_NAMES, TEAM_NAMES, value_words
from service.entrypoints.console.times import on_day


@dataclass(frozen=True, slots=True)
class Pill:
    """A status with its colour and its words."""

    style: str
    text: str


STATUSES = {
    Status.FINAL: Pill("final", "Final"),
    Status.PROVISIONAL: Pill("provisional", "Provisional"),
    Status.PENDING_REVIEW: Pill("pending", "Waits for a review"),
}
KINDS = {
    Kind.CLASSIFICATION: "Classified",
    Kind.REVIEW: "Decided by the VP",
    Kind.DISCOVERY: "Something was discovered",
    Kind.CHANGEOVER: "Quarter changeover",
    Kind.WON: "First Order won",
    Kind.ESCALATION: "Escalation answered",
    Kind.HANDOFF: "Handed over",
    Kind.APPLICATION: "New policy revision applied",
}
BASES = {
    **{Basis(source.value): name for source, name in SOURCE_NAMES.items()},
    Basis.VP: "VP of Commercial Sales",
    Basis.CRM: "Mark in the CRM",
}
MOTIONS = {
    Motion.EXISTING: "existing account",
    Motion.INBOUND_MQL: "inbound lead (MQL)",
    Motion.OUTBOUND: "outbound",
}
FACTS = {
    "id": "identifier",
    "name": "name",
    "region": "region",
    "crm_segment": "segment marked in the CRM",
    "crm_created_on": "created in the CRM",
    "first_order_available": "First Order Available",
    "customer": "a customer",
    "key_account": "a Key Account",
    "current_team": "current team",
    "max_family_employees": "employees in the family",
    "family_count": "employees in the family, as stated",
    "lam_dev_count": "potential users (LAM Dev Count)",
    "linkedin_engineering_it": "people in engineering and IT, by LinkedIn",
    "last_activity_on": "last activity",
    "motion": "how it came",
    "vp_segment": "segment by the VP",
    "third_party_employees": "employees by third parties",
    "third_parties_counted": "a third party has a number",
    "third_parties_named": "a third party is named",
    "handed_over": "its First Order was handed over",
    "basis": "what the segment rests on",
    "segment": "segment",
    "leading_employees": "employees by the source that leads",
    "linkedin_verifying_employees": "employees by LinkedIn, to verify",
    "employee_counts": "employee counts",
    "team": "team",
    "rule": "rule",
    "status": "status",
    "counts_given": "some source has a number",
    "crm_segment_counted_out": "the sources speak against the CRM's segment",
    "owner": "owner",
    "move_leads": "the move still stands",
    "discovered_employees": "employees by discovery",
    "potential_users": "potential users by discovery",
    "active_after_discovery": "worked after the discovery",
    "employees": "employees",
    "idle_in_quarter": "nothing logged in the quarter that ended",
    "escalation_answer": "answer to the escalation",
    "in_question": "the receiver is in question",
    "total_users": "total users",
    "initial_amount": "initial amount in US dollars",
    "combined_amount": "initial amount and potential in US dollars",
    "days_since_close": "days since the close",
    "net_arr": "nARR in US dollars",
    "ignored_moves": "moves knowingly ignored in the fiscal year",
    "effective_on": "effective on",
    "size_cleanup_feb_2019": "segment at the clean-up of February 2019",
    "size_cleanup_nov_2019": "segment at the clean-up of November 2019",
    "third_party_name": "third party",
    "amount": "Amount in US dollars",
    "months_to_close": "months until it closes",
    "could_close": "it could close in that month",
    "channel_managed": "a channel partner manages it",
    "titled_channel_managed": "its title says Channel-Managed",
    "deck_linked": "the deck is linked",
    "deck_url": "link to the deck",
    "first_meeting": "the month's first Red/Green meeting",
    "next_steps_owner": "owner of the next steps",
    "days_to_next_step": "days to the next step",
    "next_step_on": "day of the next step",
    "next_steps_dated": "dates or a history among the next steps",
    "close_on": "day that it is forecast to close on",
    **{employees_of(source).name: f"employees by {SOURCE_NAMES[source]}" for source in PRIMARY_SOURCES},
    **{wholly_wrong(source).name: f"{SOURCE_NAMES[source]} is wholly wrong" for source in PRIMARY_SOURCES},
    **{in_one_band(source).name: f"{SOURCE_NAMES[source]} lies in one band" for source in PRIMARY_SOURCES},
}
MONEY = " in US dollars"
"""How the words of a fact end that is an amount of money."""
_EVIDENCE = "evidence."
_FIELDS = {"gap": "gap of", "observed_on": "day of the number of", "url": "address of the number of"}
_DISCOVERY, _CRM = "the account executive, in discovery", "whoever keeps the account in the CRM"
_FINDERS = {
    **dict.fromkeys(("max_family_employees", "lam_dev_count", "linkedin_engineering_it"), _DISCOVERY),
    **dict.fromkeys(("discovered_employees", "potential_users", "total_users", "employees"), _DISCOVERY),
    **{employees_of(source).name: SOURCE_NAMES[source] for source in PRIMARY_SOURCES},
    **{wholly_wrong(source).name: "whoever checks the source" for source in PRIMARY_SOURCES},
    "employee_counts": "Datafox, Zoominfo, LinkedIn or a third party",
    "third_party_employees": "a third party",
    "vp_segment": "the VP of Commercial Sales",
    "key_account": "sales leadership",
}


def team_words(team: Team | None) -> str:
    """A team as a label: ``Key Accounts First Order``."""
    if team is None:
        return "No team yet"
    name = TEAM_NAMES[team]
    return name[0].upper() + name[1:]


def segment_words(found: Segment | None) -> str:
    """A segment as a label."""
    return "Not known" if found is None else SEGMENT_NAMES[found]


def fact_words(fact: str) -> str:
    """A fact by its plain name, in words; of a name that is not ours, that name."""
    if fact in FACTS:
        return FACTS[fact]
    for source in Source:
        field = fact.removeprefix(f"{source}_")
        if field != fact and field in _FIELDS:
            return f"{_FIELDS[field]} {SOURCE_NAMES.get(source, 'the third party')}"
    return (fact.rpartition(".")[2] if fact.startswith(_EVIDENCE) else fact).replace("_", " ")


def value_of_fact(fact: str, value: object) -> str:
    """The value of a fact in words."""
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case date():
            return on_day(value).text
        case Range() | int():
            return value_words(value)
        case str() if value in set(Team) and fact in {"current_team", "owner", "team", "escalation_answer"}:
            return team_words(Team(value))
        case str() if (value in set(Segment) and "segment" in fact) or fact.startswith("size_cleanup"):
            return SEGMENT_NAMES[Segment(str(value))] if str(value) in set(Segment) else str(value)
        case str() if fact == "motion" and value in set(Motion):
            return MOTIONS[Motion(value)]
        case str():
            return _day_or_text(value)
        case _:
            return value_words(value)


def _day_or_text(text: str) -> str:
    try:
        return on_day(date.fromisoformat(text)).text if len(text) == len("2022-03-15") else text
    except ValueError:
        return text


def finder_of(fact: str) -> str:
    """Who can find out a fact."""
    return _FINDERS.get(fact, _CRM)


def facet_words(name: str, value: object) -> str:
    """A value that is counted by, in words."""
    match name, value:
        case "team" | "team_before", _:
            return team_words(None if value is None else Team(str(value)))
        case "segment", _:
            return segment_words(None if value is None else Segment(str(value)))
        case "status", str():
            return STATUSES[Status(value)].text
        case "kind", str():
            return KINDS[Kind(value)]
        case "leading_source", str():
            return BASES[Basis(value)]
        case "missing_fact", str():
            return fact_words(value)
        case _, None:
            return "Nothing"
        case _:
            return str(value)


def without_codes(text: str, facts: Iterable[str]) -> str:
    """A sentence with words in the place of the names of some facts."""
    names = "|".join(sorted(map(re.escape, facts), key=len, reverse=True))
    return re.sub(rf"\b({names})\b", lambda found: fact_words(found[0]), text) if names else text


def with_names(text: str) -> str:
    """A sentence that quotes nobody, with the names of segments and teams in the place of their codes."""
    return _CODE.sub(lambda found: _NAMES[found[0]], text)


_NAMES = {str(code): name for names in (SEGMENT_NAMES, TEAM_NAMES) for code, name in names.items()}
_CODE = re.compile(rf"\b({'|'.join(_NAMES)})\b")
