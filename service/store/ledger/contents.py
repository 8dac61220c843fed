"""What is sealed of each recorded row, and which of it only as a salted digest: the one list of personal fields.

What is sealed plainly can never be taken out again. So whatever names a person, is free text, or is seen with a scope
of its own is personal; so is every JSON that a column has whole, but for the facts of a decision, of which the fields
named in ``PERSONAL_FACTS`` are. A list of objects in them, such as the employee counts, is one value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, get_args
from uuid import UUID

import orjson
from sqlmodel import SQLModel

from service.domain.account_ids import full_id
from service.store.tables.decisions import ConductMatterRow, DecisionRow, HandoffStepRow, StatementRow
from service.store.tables.ledger import ActRow
from service.store.tables.people import PersonPeriodRow
from service.store.tables.policies import PolicyDraftRow, PolicyRevisionRow
from service.store.tables.reviews import DisputeRow
from service.store.tables.sales_records import SalesRecordRow

PERSONAL_FACTS = frozenset(
    {
        *("name", "region", "owner_id", "url", "gap", "reason", "evidence", "in_question"),
        *("decided_by", "answered_by", "discovered_by", "first_order_ae", "named_ae"),
    }
)
"""The fields of a decision's facts, wherever they stand, that are personal or free text."""
ONE_TEXT = "/record"
"""The pointer of a record that is sealed as one text, for want of another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is sealed of the rows of a table: ``plain`` columns, and ``personal`` ones, each as a salted digest.

    ``parts`` are columns that hold texts parted by semicolons. ``left_out`` follow from the others, or change. With
    ``whole`` a row is one salted digest of all its columns.
    """

    table: type[SQLModel]
    at: str
    plain: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    key: str = "id"
    whole: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to read."""
        return (self.key, *(name for name in (*self.plain, *self.personal) if name != self.key))


@dataclass(frozen=True, slots=True)
class Content:
    """What is sealed of one row: as it stands, and by JSON pointer what only a salted digest is sealed of."""

    id: str
    at: str
    plain: dict[str, Any]
    personal: dict[str, Any]


CONTENTS: Mapping[str, Contents] = {
    "decision": Contents(
        table=DecisionRow,
        at="recorded_at",
        plain=(
            *("kind", "account_id", "status", "segment", "team", "rule", "leading_source", "leading_employees"),
            *("missing_facts", "advice", "actions", "policy_id", "policy_version", "program", "effective_on", "facts"),
            *("trail", "source", "previous_decision_id", "review_id", "recorded_at", "stands", "team_before"),
            "unchanged",
        ),
        personal=("actor", "request_id", "told_by"),
        left_out=("facet",),
        parts=frozenset({"missing_facts", "advice", "actions"}),
    ),
    "handoff_step": Contents(
        table=HandoffStepRow,
        at="step",
        plain=("handoff_id", "decision_id"),
        personal=("step", "request_id"),
    ),
    "statement": Contents(
        table=StatementRow,
        at="said_at",
        plain=("kind", "subject_id", "said_at"),
        personal=("said_by", "body"),
    ),
    "dispute": Contents(
        table=DisputeRow,
        at="opened_at",
        plain=("account_id", "opened_at", "opened_by_decision_id"),
        personal=("reason", "employee_counts", "evidence", "opened_by", "request_id"),
        left_out=(
            *("status", "resolved_at", "resolved_by", "resolved_segment", "resolved_reason"),
            "resolution_decision_id",
        ),
    ),
    "conduct_matter": Contents(
        table=ConductMatterRow,
        at="recorded_at",
        personal=tuple(ConductMatterRow.model_fields)[1:],
        whole="matter",
    ),
    "policy_draft": Contents(
        table=PolicyDraftRow,
        at="drafted_at",
        plain=("policy_id", "based_on", "effective_from", "effective_until", "drafted_at"),
        personal=("parameters", "reason", "drafted_by", "request_id"),
    ),
    "policy_revision": Contents(
        table=PolicyRevisionRow,
        key="number",
        at="published_at",
        plain=("policy_id", "version", "draft_id", "published_at"),
        personal=("published_by", "request_id"),
    ),
    "person_period": Contents(
        table=PersonPeriodRow,
        key="number",
        at="recorded_at",
        plain=("active_from", "active_until", "role", "team", "recorded_at"),
        personal=("person_id", "name", "email", "regions", "manager_id", "crm_user_id", "recorded_by", "request_id"),
    ),
    "sales_record": Contents(
        table=SalesRecordRow,
        at="recorded_at",
        plain=("kind", "account_id", "happened_at", "program", "recorded_at"),
        personal=("subject", "person", "body", "recorded_by", "request_id"),
    ),
    "act": Contents(
        table=ActRow,
        at="at",
        plain=("kind", "at"),
        personal=("actor", "request_id", "body"),
    ),
}
"""Every kind of entry, as the queue names it."""
_AS_IT_IS = tuple(
    name
    for name in CONTENTS["decision"].plain
    if name not in {"facts", "account_id", "policy_id", "policy_version", "program", "stands", "unchanged"}
)
"""What is sealed of a decision under the name and with the value of its column."""


def content_of(kind: str, row: Iterable[Any], driver: str = "postgresql") -> Content:
    """What is sealed of a row, by the values of its kind that a database gives where ``read_by`` is asked for."""
    of = CONTENTS[kind]
    values = {
        name: value if spell is None or value is None else spell(value)
        for (name, spell), value in zip(_spelling(kind, driver), row, strict=True)
    }
    at = orjson.loads(values["step"])["at"] if of.at == "step" else values[of.at]
    identifier = str(values[of.key])
    if of.whole:
        return Content(identifier, at, {}, {f"/{of.whole}": values})
    if kind == "decision":
        return _decision(identifier, at, values)
    return Content(identifier, at, {name: values[name] for name in of.plain}, dict(_personal(of.personal, values)))


def _decision(identifier: str, at: str, values: dict[str, Any]) -> Content:
    """As a decision is answered: what is sealed of it stands there under the same names."""
    personal = dict(_personal(CONTENTS["decision"].personal, values))
    plain = {name: values[name] for name in _AS_IT_IS}
    facts = orjson.loads(values["facts"])
    facts["account"]["id"] = full_id(facts["account"]["id"])
    plain["facts"] = _without(facts, "/facts", personal)
    plain["account_id"] = full_id(values["account_id"])
    plain["policy"] = {"id": values["policy_id"], "version": values["policy_version"]}
    if values["program"]:  # which the first release did not keep: it is answered as the first program
        plain["policy"]["program"] = values["program"]
    plain["stands"], plain["unchanged"] = values["stands"] in {None, True}, bool(values["unchanged"])
    return Content(identifier, at, plain, personal)


def _without(facts: dict[str, Any], above: str, personal: dict[str, Any]) -> dict[str, Any]:
    """Facts without the personal fields, each of which is put where it belongs; an object of these alone goes too."""
    kept: dict[str, Any] = {}
    for name, value in facts.items():
        if name in PERSONAL_FACTS or (type(value) is list and value and type(value[0]) is dict):
            personal[f"{above}/{name}"] = value
        elif type(value) is not dict or not value:
            kept[name] = value
        elif below := _without(value, f"{above}/{name}", personal):
            kept[name] = below
    return kept


def _personal(names: Iterable[str], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What there is of personal columns: of one that is null, nothing is hidden."""
    return ((f"/{name}", values[name]) for name in names if values[name] is not None)


@cache
def _spelling(kind: str, driver: str) -> list[tuple[str, Callable[[Any], Any] | None]]:
    """The columns of a kind, each with how its values are spelled in JSON, where they are not that already."""
    of, spelled_so = CONTENTS[kind], _SPELLED[driver]
    kinds = _kinds(of)

    def spell(name: str) -> Callable[[Any], Any] | None:
        if name in of.parts:
            return lambda text: text.split(";") if text else []
        return next((how for each, how in spelled_so.items() if each in kinds[name]), None)

    return [(name, spell(name)) for name in of.columns]


def _kinds(of: Contents) -> dict[str, set[Any]]:
    """The kinds of values that the columns of a table have."""
    return {name: {field.annotation, *get_args(field.annotation)} for name, field in of.table.model_fields.items()}


def spelled(instant: datetime) -> str:
    """An instant as it is sealed, and answered."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def with_hyphens(identifier: str) -> str:
    """An identifier as it is spelled elsewhere, by its 32 digits, as SQLite has it."""
    return f"{identifier[:8]}-{identifier[8:12]}-{identifier[12:16]}-{identifier[16:20]}-{identifier[20:]}"


def _of_sqlite(instant: str) -> str:
    return f"{instant[:10]}T{instant[11:].removesuffix('.000000')}Z"


def _of_postgresql(instant: str) -> str:
    return instant.replace(".000000Z", "Z")


@cache
def read_by(kind: str, driver: str) -> str:
    """The columns of a kind, as ``content_of`` takes them from a database.

    PostgreSQL spells what its driver would make an object of, which would be taken apart again.
    """
    of = CONTENTS[kind]
    if driver == "sqlite":
        return ", ".join(of.columns)
    kinds = _kinds(of)

    def read(name: str) -> str:
        return next((how for each, how in _READ.items() if each in kinds[name]), "{}").format(name)

    return ", ".join(map(read, of.columns))


_READ = {
    UUID: "{}::text",
    datetime: """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
    date: "to_char({}, 'YYYY-MM-DD')",
}
"""How PostgreSQL is asked for values of a kind, where that is not by their name."""
_SPELLED: dict[str, dict[type, Callable[[Any], Any]]] = {
    "postgresql": {datetime: _of_postgresql},
    "sqlite": {UUID: with_hyphens, datetime: _of_sqlite, bool: bool},
}
"""By what gives the values: their kinds that are spelled otherwise in JSON. SQLite has days as they are spelled."""
