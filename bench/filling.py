"""Databases filled with many decisions, fast: real decisions, each repeated for other accounts at other instants.

About one account for twenty decisions, over a year. Some values are common and some rare, so that queries for both can
be timed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, TypeAlias
from uuid import UUID

import orjson
import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy import make_url

from bench.payloads import ACCOUNT_DIGITS, classification
from service.domain.decide import decide
from service.domain.decision import Kind, RecordedDecision
from service.domain.facts import Facts
from service.domain.identifiers import uuid7
from service.domain.policies import BUILT_IN
from service.entrypoints.common.requests import ClassificationRequest
from service.store.counts import fold_counts
from service.store.engine import connect_engine
from service.store.facets import FACET_COLUMNS, FacetValues, facet_of
from service.store.rows.decisions import DECISION_COLUMNS, decision_values

UNTIL = datetime(2026, 1, 5, tzinfo=UTC)
YEAR = timedelta(days=365)
DECISIONS_AN_ACCOUNT = 20
ACTORS = {"crm-production": 8_800, "crm-backfill": 1_000, "sales-ops": 200}
SOURCES = {"api": 9_300, "cli": 500, "webhook": 200}
AUDITOR, OF_AUDITOR = "auditor", 60
"""Somebody with so many decisions, however many there are in all."""
Template: TypeAlias = tuple[tuple[Any, ...], str, str]
"""A decision's row, and its facts as JSON before and after the account's name."""
_ON = date(2022, 3, 15)
_CHUNK = 10_000


@dataclass(slots=True)
class Filled:
    """What comes of the rows as they are made."""

    standings: dict[str, tuple[UUID | None, datetime, int, str]] = field(default_factory=dict)
    facets: dict[int, FacetValues] = field(default_factory=dict)

    def row(self, template: Template, account: str, identifier: UUID, at: datetime, **stated: str | date) -> list[Any]:
        """A template's row for an account at an instant, with other values where stated."""
        row, before, after = template
        made = dict(zip(DECISION_COLUMNS, row, strict=True))
        made |= {
            "id": identifier,
            "account_id": account,
            "facts": before + account + after,
            "request_id": identifier.hex,
            "previous_decision_id": self.standings.get(account, (None,))[0],
            "recorded_at": at,
        }
        made |= stated
        own: dict[str, Any] = {"actor": "", "policy_version": 1, "moved": False, "region": None}
        values: FacetValues = tuple(own[name] if name in own else made[name] for name in FACET_COLUMNS[1:])
        made["facet"] = facet_of(*values)
        self.facets[made["facet"]] = values
        self.standings[account] = (identifier, at, made["facet"], f"sample {account}")
        return list(made.values())


def account_of(number: int) -> str:
    """The name of the account of a number."""
    return f"{number:0{ACCOUNT_DIGITS}d}"


def fill(url: str, rows: int, an_account: int = DECISIONS_AN_ACCOUNT) -> int:
    """Record so many decisions, with the standings of their accounts, and gather statistics; gives the accounts."""
    accounts = max(1, rows // an_account)
    filled = Filled()
    write(url, _rows(rows, accounts, filled), filled)
    engine = connect_engine(url)
    while fold_counts(engine):  # as a worker has done by then
        pass
    engine.dispose()
    return accounts


def write(url: str, rows: Iterator[list[Any]], filled: Filled) -> None:
    """Write rows, and what came of them once all are made, and gather statistics."""
    if url.startswith("sqlite"):
        _fill_sqlite(url.removeprefix("sqlite:///"), rows, filled)
    else:
        _fill_postgres(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), rows, filled)


def _rows(rows: int, accounts: int, filled: Filled) -> Iterator[list[Any]]:
    chance = random.Random(rows)
    templates, weights = zip(*_templates(), strict=True)
    actors, sources = (list(ACTORS), list(ACTORS.values())), (list(SOURCES), list(SOURCES.values()))
    for number in range(rows):
        chosen = chance.choices(templates, weights)[0]
        account = account_of(chance.randrange(accounts))
        at = UNTIL - YEAR + YEAR * number / rows
        identifier = uuid7(at, chance.getrandbits(62))
        actor, source = chance.choices(*actors)[0], chance.choices(*sources)[0]
        if number % max(1, rows // OF_AUDITOR) == 0:
            actor = AUDITOR
        yield filled.row(chosen, account, identifier, at, actor=actor, source=source, effective_on=at.date())


def _templates() -> Iterator[tuple[Template, int]]:
    """Rows to be repeated, with how often: final ones of every segment, provisional, without a team, and reviews."""
    for kind in range(24):
        yield template(classification(kind)), 370
    for employees, weight in ((30, 300), (60, 100), (5_000, 200)):
        body = classification(0)
        body["employee_counts"] = [{"source": "datafox", "employees": employees}]
        yield template(body), weight
    unknown = classification(1)
    unknown["account"] |= {"max_family_employees": None, "lam_dev_count": None}
    yield template(unknown), 400
    pending = classification(0)
    for count in pending["employee_counts"]:
        count |= {"wholly_wrong": True, "gap": "Counts the Berlin office only"}
    yield template(pending), 200
    yield template(classification(0), Kind.REVIEW), 150


def template(body: dict[str, Any], kind: Kind = Kind.CLASSIFICATION) -> Template:
    """The decision on a request, as a row to be repeated for other accounts."""
    return template_of(ClassificationRequest.model_validate_json(orjson.dumps(body)).facts(), kind)


def template_of(facts: Facts, kind: Kind = Kind.CLASSIFICATION) -> Template:
    """The decision on facts, as a row to be repeated for other accounts."""
    recorded = RecordedDecision(
        id=uuid7(UNTIL, 0),
        kind=kind,
        account_id=facts.account.id,
        decision=decide(facts, BUILT_IN.on(_ON), _ON),
        actor="",
        source="",
        request_id="",
        previous_decision_id=None,
        review_id=None,
        recorded_at=UNTIL,
    )
    row = decision_values(recorded)
    before, _, after = row[DECISION_COLUMNS.index("facts")].partition(facts.account.id)
    return row, before, after


def _fill_postgres(dsn: str, rows: Iterator[list[Any]], filled: Filled) -> None:
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY decisions ({', '.join(DECISION_COLUMNS)}) FROM STDIN".encode()) as copy:
            for row in rows:
                copy.write_row(row)
        with cursor.copy("COPY accounts (account_id, decision_id, recorded_at, facet, name) FROM STDIN") as copy:
            for account, standing in filled.standings.items():
                copy.write_row((account, *standing))
        with cursor.copy(f"COPY facets ({', '.join(FACET_COLUMNS)}) FROM STDIN".encode()) as copy:
            for facet, values in filled.facets.items():
                copy.write_row((facet, *values))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _fill_sqlite(path: str, rows: Iterator[list[Any]], filled: Filled) -> None:
    connection = sqlite.connect(path, isolation_level=None)
    places = ", ".join("?" * len(DECISION_COLUMNS))
    insert = f"INSERT INTO decisions ({', '.join(DECISION_COLUMNS)}) VALUES ({places})"  # noqa: S608 - our own names
    connection.execute("BEGIN")
    while chunk := [[_stored(value) for value in row] for row in islice(rows, _CHUNK)]:
        connection.executemany(insert, chunk)
    connection.executemany(
        "INSERT INTO accounts (account_id, decision_id, recorded_at, facet, name) VALUES (?, ?, ?, ?, ?)",
        [(account, *map(_stored, standing)) for account, standing in filled.standings.items()],
    )
    places = ", ".join("?" * len(FACET_COLUMNS))
    connection.executemany(
        f"INSERT INTO facets ({', '.join(FACET_COLUMNS)}) VALUES ({places})",  # noqa: S608 - our own names
        [(facet, *map(_stored, values)) for facet, values in filled.facets.items()],
    )
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def _stored(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(value) if isinstance(value, (str, date)) else value
