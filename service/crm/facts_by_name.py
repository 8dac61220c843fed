"""Every fact that a row can state, by its plain name: where it stands in a request, and how its text is read."""

from dataclasses import dataclass
from typing import TypeAlias

from service.crm import readings
from service.crm.readings import ReadText
from service.domain.terms import Source

Place: TypeAlias = tuple[str, ...]
"""Where a fact stands in a request: ``("account", "region")``, or ``("employee_counts", "datafox", "gap")``."""


@dataclass(frozen=True, slots=True)
class NamedFact:
    """A fact that a column can state. Two names may state one fact, read differently."""

    name: str
    place: Place
    read: ReadText


def _account(name: str, read: ReadText, field: str | None = None) -> NamedFact:
    return NamedFact(name, ("account", field or name), read)


def _counts(source: Source) -> tuple[NamedFact, ...]:
    def of(field: str, read: ReadText) -> NamedFact:
        return NamedFact(f"{source}_{field}", ("employee_counts", source.value, field), read)

    return (
        of("employees", readings.count),
        of("gap", readings.words),
        of("observed_on", readings.day),
        of("url", readings.words),
    )


FACTS_BY_NAME: dict[str, NamedFact] = {
    fact.name: fact
    for fact in (
        _account("id", readings.account_id),
        _account("salesforce_id", readings.account_id, "id"),
        _account("name", readings.words),
        _account("region", readings.region),
        _account("crm_segment", readings.segment),
        _account("crm_created_on", readings.day),
        _account("customer", readings.truth),
        _account("customer_type", readings.customer_type, "customer"),
        _account("first_order_available", readings.truth),
        _account("key_account", readings.truth),
        _account("current_team", readings.team),
        _account("max_family_employees", readings.count),
        _account("lam_dev_count", readings.count),
        _account("linkedin_engineering_it", readings.count),
        _account("last_activity_on", readings.day),
        _account("owner_id", readings.owner),
        NamedFact("size_cleanup_feb_2019", ("account", "size_cleanup", "feb_2019"), readings.segment),
        NamedFact("size_cleanup_nov_2019", ("account", "size_cleanup", "nov_2019"), readings.segment),
        *(fact for source in Source for fact in _counts(source)),
        NamedFact("third_party_name", ("employee_counts", Source.THIRD_PARTY.value, "name"), readings.words),
        NamedFact("motion", ("motion",), readings.motion),
        NamedFact("effective_on", ("effective_on",), readings.day),
        NamedFact("dedup_requested_by", ("dedup_requested_by",), readings.words),
    )
}
"""A filled ``..._gap`` says that the source's number is wholly wrong (SEG-2, SEG-3)."""

THIRD_PARTIES = f"{Source.THIRD_PARTY}_employees"
"""What all third parties say of an account is told as one fact."""
ID_PLACE: Place = ("account", "id")
TEAM_PLACE: Place = ("account", "current_team")
OWNER_PLACE: Place = ("account", "owner_id")
"""It decides nothing."""

PLAIN_NAMES: dict[Place, str] = {fact.place: fact.name for fact in reversed(FACTS_BY_NAME.values())}
"""The plain name of what stands at a place, however it is read there: ``customer``, also where a type says it."""
