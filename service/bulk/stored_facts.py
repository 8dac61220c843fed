"""Recorded facts, stored as JSON, to the table of facts: what ``table_of`` makes of them, many at once.

The JSON is what ``service.store.rows.decisions`` writes of checked facts, so nothing of it is checked again here.
"""

import orjson

from service.bulk.facts import ACCOUNT_ID, CURRENT_TEAM, FACTS, ROW, THIRD_PARTY_EMPLOYEES
from service.domain import vocabulary
from service.domain.terms import Motion, Source

MOVE, OCCASION = "move", "occasion"
"""Whether a move stands on the account, and whether there is an occasion: of neither does the table know any more."""
_TYPES = {"string": "VARCHAR", "bool": "BOOLEAN", "int64": "BIGINT", "date32[day]": "DATE"}
_OF_THE_ACCOUNT = (
    vocabulary.region.name,
    vocabulary.crm_segment.name,
    vocabulary.crm_created_on.name,
    vocabulary.customer.name,
    vocabulary.first_order_available.name,
    vocabulary.key_account.name,
    CURRENT_TEAM,
    vocabulary.max_family_employees.name,
    vocabulary.lam_dev_count.name,
    vocabulary.linkedin_engineering_it.name,
)
_STRUCTURE = {
    "account": {name: _TYPES[str(FACTS.field(name).type)] for name in _OF_THE_ACCOUNT},
    "employee_counts": [{"source": "VARCHAR", "employees": "BIGINT", "wholly_wrong": "BOOLEAN"}],
    "motion": "VARCHAR",
    "vp_decision": {"segment": "VARCHAR"},
    MOVE: {"rule": "VARCHAR"},
    OCCASION: {"kind": "VARCHAR"},
}
_VERIFYING = vocabulary.linkedin_verifying_employees.name


def facts_query(relation: str, beside: tuple[str, ...]) -> str:
    """The query, in DuckDB's words, for the columns of ``FACTS``, ``MOVE``, ``OCCASION`` and those ``beside``.

    ``relation`` has the columns ``row``, ``account_id``, ``facts`` (the JSON), and those beside.
    """
    known = _as_stated() | _counted()
    columns = [f'{known[field.name]} AS "{field.name}"' for field in FACTS]
    columns += [f"stated.{name} IS NOT NULL AS {name}" for name in (MOVE, OCCASION)]
    return f"""
        SELECT {", ".join([*columns, *beside])}
        FROM (
            SELECT *, {", ".join(f"{_first(_is(source))} AS {source}" for source in Source)}
            FROM (
                SELECT *, from_json(facts, '{orjson.dumps(_STRUCTURE).decode()}') AS stated
                FROM {relation}
            )
        )
    """  # noqa: S608 - our own names


def _is(source: Source) -> str:
    # Of third parties, the first whose number stands is the one that counts.
    stands = "c.employees > 0 AND NOT coalesce(c.wholly_wrong, false)"
    return f"c.source = '{source}'" + (f" AND {stands}" if source is Source.THIRD_PARTY else "")


def _first(which: str) -> str:
    return f"list_filter(stated.employee_counts, lambda c: {which})[1]"


def _as_stated() -> dict[str, str]:
    """What is taken as it is stated, but that a family of 0 employees is not known."""
    family = vocabulary.max_family_employees.name
    return {
        **{name: name for name in (ROW, ACCOUNT_ID)},
        **{name: f"stated.account.{name}" for name in _OF_THE_ACCOUNT},
        family: f"nullif(stated.account.{family}, 0)",
        vocabulary.motion.name: f"coalesce(stated.motion, '{Motion.EXISTING}')",
        vocabulary.vp_segment.name: "stated.vp_decision.segment",
    }


def _counted() -> dict[str, str]:
    """What ``known_values`` derives from the employee counts."""
    numbers = {source: f"nullif({source}.employees, 0)" for source in vocabulary.PRIMARY_SOURCES}
    wrong = {
        source: f"({numbers[source]} IS NOT NULL AND coalesce({source}.wholly_wrong, false))" for source in numbers
    }
    third = f"len(list_filter(stated.employee_counts, lambda c: c.source = '{Source.THIRD_PARTY}')) > 0"
    given = " OR ".join([*(f"{number} IS NOT NULL" for number in numbers.values()), f"coalesce({third}, false)"])
    return {
        **{vocabulary.employees_of(source).name: number for source, number in numbers.items()},
        **{vocabulary.wholly_wrong(source).name: mark for source, mark in wrong.items()},
        THIRD_PARTY_EMPLOYEES: f"{Source.THIRD_PARTY}.employees",
        _VERIFYING: f"CASE WHEN NOT {wrong[Source.LINKEDIN]} THEN {numbers[Source.LINKEDIN]} END",
        vocabulary.counts_given.name: f"({given})",
    }
