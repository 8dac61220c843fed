"""What is sealed of each recorded row, and which of it only as a salted digest: the one list of personal fields.

What is sealed plainly can never be taken out again. So whatever names a person, is free text, or is seen with a scope
of its own is personal; so is every JSON that a column has whole, but for the facts of a decision, of which the fields
named in ``PERSONAL_FACTS`` are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What is sealed of the rows of a table: ``plain`` columns, and ``personal`` ones, each as a salted digest.

    ``parts`` are columns that hold texts parted by semicolons, and ``parsed`` those that hold JSON. ``left_out`` follow
    from the others, or change. With ``whole`` a row is one salted digest of all its columns.
    """

    table: type[SQLModel]
    at: str
    plain: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    parsed: frozenset[str] = frozenset()
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
        parsed=frozenset({"facts", "told_by"}),
    ),
    "handoff_step": Contents(
        table=HandoffStepRow,
        at="step",
        plain=("handoff_id", "decision_id"),
        personal=("step", "request_id"),
        parsed=frozenset({"step"}),
    ),
    "statement": Contents(
        table=StatementRow,
        at="said_at",
        plain=("kind", "subject_id", "said_at"),
        personal=("said_by", "body"),
        parsed=frozenset({"body"}),
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
        parsed=frozenset({"employee_counts"}),
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
        parsed=frozenset({"parameters"}),
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
        parsed=frozenset({"regions"}),
    ),
    "sales_record": Contents(
        table=SalesRecordRow,
        at="recorded_at",
        plain=("kind", "account_id", "happened_at", "program", "recorded_at"),
        personal=("subject", "person", "body", "recorded_by", "request_id"),
        parsed=frozenset({"body"}),
    ),
    "act": Contents(
        table=ActRow,
        at="at",
        plain=("kind", "at"),
        personal=("actor", "request_id", "body"),
        parsed=frozenset({"body"}),
    ),
}
"""Every kind of entry, as the queue names it."""


def content_of(kind: str, row: Any) -> Content:  # noqa: ANN401 - any row
    """What is sealed of a row, which has the columns of its kind by name."""
    of = CONTENTS[kind]
    values = {name: _value(of, name, row[name]) for name in of.columns}
    at = values["step"]["at"] if of.at == "step" else values[of.at]
    identifier = str(values[of.key])
    if of.whole:
        return Content(identifier, at, {}, {f"/{of.whole}": values})
    if kind == "decision":
        return _decision(identifier, at, values)
    return Content(identifier, at, {name: values[name] for name in of.plain}, dict(_personal(of.personal, values)))


def _decision(identifier: str, at: str, values: dict[str, Any]) -> Content:
    """As a decision is answered: what is sealed of it stands there under the same names."""
    facts, personal = values["facts"], dict(_personal(CONTENTS["decision"].personal, values))
    personal |= _hidden("/facts", facts)
    plain = {name: value for name, value in values.items() if name not in {"id", "actor", "request_id", "told_by"}}
    policy = {"id": plain.pop("policy_id"), "version": plain.pop("policy_version"), "program": plain.pop("program")}
    account_id = full_id(plain["account_id"])
    told = {"policy": policy, "account_id": account_id, "unchanged": bool(plain["unchanged"])}
    return Content(identifier, at, plain | told, personal)


def _personal(names: Iterable[str], values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What there is of personal columns: of one that is null, nothing is hidden."""
    return ((f"/{name}", values[name]) for name in names if values[name] is not None)


def _hidden(pointer: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Take the personal fields out of facts; each by where it stood."""
    hidden = {}
    for name in list(facts):
        value, place = facts[name], f"{pointer}/{name}"
        if name in PERSONAL_FACTS:
            hidden[place] = facts.pop(name)
        elif isinstance(value, dict):
            hidden |= _hidden(place, value)
        elif isinstance(value, list):
            for number, each in enumerate(value):
                if isinstance(each, dict):
                    hidden |= _hidden(f"{place}/{number}", each)
    return hidden


def _value(of: Contents, name: str, value: Any) -> Any:  # noqa: ANN401 - a column's, as JSON has it
    if value is None:
        return None
    if name in of.parsed:
        return orjson.loads(value)
    if name in of.parts:
        return value.split(";") if value else []
    spell = _SPELLED.get(type(value))
    return value if spell is None else spell(value)


def spelled(instant: datetime) -> str:
    """An instant in UTC as it is sealed, and answered."""
    return f"{instant.replace(tzinfo=None).isoformat()}Z"


_SPELLED: dict[type, Any] = {UUID: str, date: date.isoformat, datetime: spelled}
