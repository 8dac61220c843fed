"""The migration that makes one account of the two forms of an id: ``python -m bench.one_account --database both``.

Fills a database with accounts of Salesforce, all of which are recorded under 15 characters, and so many of a hundred
under 18 too, where a CRM's events are known of these; has it migrated, and prints how long that took and the largest
resident memory. Then how long a start takes to see that nothing is left to be done.
"""

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from bench.filling import UNTIL, YEAR, Filled, template, write
from bench.machine import describe
from bench.payloads import classification
from service.crm.facts_patch import JsonValue, Patch
from service.crm.known_record import KnownRecord, RecordChange, RecordKind, merge
from service.crm.known_record_json import known_to_json
from service.crm.statements import EventOrder
from service.domain.account_ids import full_id
from service.domain.identifiers import uuid7
from service.store.engine import connect_engine
from service.store.migrations import migrate
from tests.databases import SqliteDatabases, postgres_databases

_BEFORE: Final = "2026_11_29_told"
_RECORD: Final = "what-it-is-named"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--twice", type=int, default=10)
    asked = parser.parse_args()
    print(describe())
    print(f"{'':12}{'accounts':>12}{'twice':>12}{'s':>9}{'a start, ms':>13}{'peak, MiB':>11}")
    for kind in ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]:
        with ExitStack() as stack:
            url = _empty(stack, kind)
            twice = _fill(url, asked.accounts, asked.twice)
            engine = connect_engine(url)
            stack.callback(engine.dispose)
            _tell(engine)
            took, again = _timed(engine), _timed(engine)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{kind:12}{asked.accounts:12,}{twice:12,}{took:9.1f}{1000 * again:13.1f}{peak:11.0f}", flush=True)
            _check(engine, asked.accounts)


def _empty(stack: ExitStack, kind: str) -> str:
    if kind == "sqlite":
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chalkline-bench-")))
        return stack.enter_context(SqliteDatabases(folder).fresh())
    return stack.enter_context(stack.enter_context(postgres_databases()).fresh())


def _fill(url: str, accounts: int, share: int) -> int:
    """Record a decision under each id; gives how many accounts have two."""
    filled = Filled()
    shorts = [_short(number) for number in range(accounts)]
    twice = [full_id(short) for number, short in enumerate(shorts) if number % 100 < share]
    write(url, _rows([*shorts, *twice], filled), filled)
    return len(twice)


def _short(number: int) -> str:
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    text = ""
    for _ in range(6):
        number, place = divmod(number, len(letters))
        text = letters[place] + text
    return f"0018a0000{text}"


def _rows(ids: list[str], filled: Filled) -> Iterator[list[object]]:
    chance = random.Random(len(ids))
    chance.shuffle(ids)
    decided = template(classification(4))
    for place, account in enumerate(ids):
        at = UNTIL - YEAR + timedelta(seconds=place)
        yield filled.row(decided, account, uuid7(at, chance.getrandbits(62)), at, actor="crm", source="api")


def _tell(engine: Engine) -> None:
    """Have events of a CRM be known of every account that is recorded under 18 characters."""
    stated: dict[str, JsonValue] = {"region": "EMEA", "max_family_employees": 640, "customer": False}
    order = EventOrder(instant_ms=1_646_121_600_000, sequence=1, key="bench")
    change = RecordChange(kind=RecordKind.ACCOUNT, record_id=_RECORD, order=order, patch=Patch(stated=stated))
    known = known_to_json(merge(KnownRecord(record_id=_RECORD), change)).decode()
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO crm_records (kind, record_id, known, changed_at) SELECT 'account', account_id, "
                "replace(:known, :record, account_id), recorded_at FROM accounts WHERE length(account_id) = 18"
            ),
            {"known": known, "record": _RECORD},
        )
        connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": _BEFORE})


def _timed(engine: Engine) -> float:
    began = time.perf_counter()
    migrate(engine)
    return time.perf_counter() - began


def _check(engine: Engine, accounts: int) -> None:
    with engine.connect() as connection:
        found = connection.scalar(text("SELECT count(*) FROM accounts WHERE length(account_id) = 18"))
    if found != accounts:
        raise SystemExit(f"There are {found:,} accounts, and should be {accounts:,}")


if __name__ == "__main__":
    main()
