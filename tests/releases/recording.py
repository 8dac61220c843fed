"""What a release recorded, as a file: the rows of its database, and what it answered about them."""

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Connection, MetaData, select

Tables: TypeAlias = dict[str, list[dict[str, Any]]]
"""Rows as JSON has them, by the name of their table."""
_NOT_KEPT = {"alembic_version", "api_keys", "outbox"}
_WORTH_SHARING = 40


@dataclass(frozen=True, kw_only=True)
class Recording:
    """The rows under a schema revision, by the kind of database, and what both answered at the instant ``asked_at``.

    ``answers`` are the JSON bodies by path; ``reports`` are the texts of decisions by their identifiers.
    """

    revision: str
    asked_at: datetime
    tables: dict[str, Tables]
    answers: dict[str, Any]
    reports: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write a file of rows for each database, and one of answers: each row and each answer to its line.

        What answers have in common is written once.
        """
        for kind, tables in self.tables.items():
            rows = {name: _lines("[]", map(_text, rows)) for name, rows in tables.items()}
            (folder / f"{kind}.json").write_text(
                _object({"revision": _text(self.revision), "tables": _object(rows)}) + "\n"
            )
        shared, answers = _folded(self.answers)
        parts = {
            "asked_at": _text(self.asked_at.isoformat()),
            "shared": _lines("[]", map(_text, shared)),
            "answers": _object({path: _text(body) for path, body in answers.items()}),
            "reports": _object({decision_id: _text(text) for decision_id, text in self.reports.items()}),
        }
        (folder / "answers.json").write_text(_object(parts) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Recording":
        """Read what ``write`` wrote."""
        kinds = {kind: json.loads((folder / f"{kind}.json").read_text()) for kind in ("sqlite", "postgresql")}
        told = json.loads((folder / "answers.json").read_text())
        return cls(
            revision=kinds["sqlite"]["revision"],
            asked_at=datetime.fromisoformat(told["asked_at"]),
            tables={kind: rows["tables"] for kind, rows in kinds.items()},
            answers=_unfolded(told["answers"], told["shared"]),
            reports=told["reports"],
        )


def rows_of(connection: Connection) -> Tables:
    """The rows of every table that has some, as JSON has them."""
    tables: Tables = {}
    for table in _tables(connection).sorted_tables:
        found = connection.execute(table.select().order_by(*table.primary_key)).mappings()
        if table.name not in _NOT_KEPT and (rows := [{k: _told(v) for k, v in row.items()} for row in found]):
            tables[table.name] = rows
    return tables


def insert_rows(connection: Connection, tables: Tables) -> None:
    """Insert rows as ``rows_of`` gives them into the tables as they are. What a migration inserted stays."""
    known = _tables(connection).tables
    for name, rows in tables.items():
        columns, key = known[name].columns, [column.name for column in known[name].primary_key]
        there = {tuple(row) for row in connection.execute(select(*known[name].primary_key))}
        values = [{name: _stored(columns[name], value) for name, value in row.items()} for row in rows]
        if new := [row for row in values if tuple(row[name] for name in key) not in there]:
            connection.execute(known[name].insert(), new)


def _tables(connection: Connection) -> MetaData:
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata


def _told(value: object) -> object:
    match value:
        case bytes():
            return b64encode(value).decode()
        case datetime():
            return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value


def _stored(column: Column[Any], told: Any) -> object:  # noqa: ANN401 - JSON
    """The value of a column; SQLite reflects instants without a zone and identifiers as text, and told them so."""
    kind = column.type.python_type
    if told is None:
        return None
    if kind is bytes:
        return b64decode(told)
    if kind is UUID:
        return UUID(told)
    return kind.fromisoformat(told) if issubclass(kind, date) else told


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(brackets: str, lines: Iterable[str]) -> str:
    return brackets[0] + "\n" + ",\n".join(lines) + "\n" + brackets[1]


def _object(parts: dict[str, str]) -> str:
    return _lines("{}", (f"{json.dumps(name)}: {text}" for name, text in parts.items()))


def _folded(value: Any) -> tuple[list[Any], Any]:  # noqa: ANN401 - JSON
    """What occurs more than once, and the value with ``{"shared": <its place>}`` instead of it."""
    uses: Counter[str] = Counter()

    def count(part: Any) -> None:  # noqa: ANN401 - JSON
        text = _text(part)
        uses[text] += 1
        if uses[text] == 1 and isinstance(part, dict | list):
            for inner in part.values() if isinstance(part, dict) else part:
                count(inner)

    shared: list[Any] = []
    places: dict[str, int] = {}

    def fold(part: Any) -> Any:  # noqa: ANN401 - JSON
        text = _text(part)
        if text in places:
            return {"shared": places[text]}
        whole = part
        if isinstance(part, dict):
            whole = {key: fold(inner) for key, inner in part.items()}
        elif isinstance(part, list):
            whole = [fold(inner) for inner in part]
        if uses[text] == 1 or len(text) < _WORTH_SHARING:
            return whole
        places[text] = len(shared)
        shared.append(whole)
        return {"shared": places[text]}

    count(value)
    return shared, fold(value)


def _unfolded(value: Any, shared: list[Any]) -> Any:  # noqa: ANN401 - JSON
    match value:
        case {"shared": int(place)}:
            return _unfolded(shared[place], shared)
        case dict():
            return {key: _unfolded(inner, shared) for key, inner in value.items()}
        case list():
            return [_unfolded(inner, shared) for inner in value]
        case _:
            return value
