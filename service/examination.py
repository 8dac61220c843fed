"""The examination behind ``chalkline doctor``: what the settings make of the service here, and what is wrong."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from pydantic import BaseModel, SecretStr

from service import wiring
from service.crm.record_mapping import UnusableMappingError
from service.crm.signed.standard_webhooks import UnusableSecretError, signing_key
from service.delivery.encryption import LostKeyError
from service.delivery.witnesses import Witness, witnesses_of
from service.domain.calendar import day_of
from service.domain.keys import UnusableKeyError, check_usable
from service.entrypoints.cli.context import Examination
from service.ledger import key_place
from service.setting_names import PREFIX
from service.settings import Settings
from service.store.database import Database
from service.store.delivery.subscribers import kept_secrets
from service.store.errors import StoreError
from service.store.examine import Examined, examine_database, shown_url
from service.store.ledger.cosignatures import cosigned_size
from service.store.ledger.queue import unsealed_rows
from service.store.ledger.reading import find_checkpoint
from service.store.migrations import check_schema
from service.usecases.check_readiness import Readiness
from service.usecases.ledger_key import LedgerStoppedError
from service.usecases.seal import examine_ledger

_TOLERATED = timedelta(seconds=2)
"""How far clocks may be apart."""


def examine(settings: Settings) -> Examination:
    """Look at everything that a start would, without changing anything."""
    wrong: list[str] = []
    now = wiring.now()
    with _noting(wrong, UnusableMappingError):
        wiring.organization(settings, wiring.mapping(settings))
    for secret in settings.webhook_secrets:
        with _noting(wrong, UnusableSecretError):
            signing_key(secret.get_secret_value())
    database, found = _database(settings, now, wrong)
    if found is not None:
        wrong += _about_clocks(found, now) + _about_keys(found, settings)
    return Examination(
        version=version("chalkline"),
        settings=_settings(settings),
        database=database,
        mapping=str(settings.field_mapping or "what is built in"),
        clock={
            "here": now,
            "today": day_of(now, settings.time_zone),
            "of the database": found and found.now,
            "newest decision": found and found.newest,
        },
        wrong=wrong,
    )


def _settings(settings: Settings) -> dict[str, tuple[Any, bool]]:
    return {
        f"{PREFIX}{name}".upper(): (_shown(name, getattr(settings, name)), name in settings.model_fields_set)
        for name in type(settings).model_fields
    }


def _shown(name: str, value: object) -> object:
    match value:
        case SecretStr():
            return "(a secret)"
        case tuple():
            return ["(a secret)" if isinstance(each, SecretStr) else each for each in value]
        case dict():
            return {
                str(key): each.model_dump(mode="json") if isinstance(each, BaseModel) else each
                for key, each in value.items()
            }
        case Path() | ZoneInfo():
            return str(value)
        case str() if name == "database_url":
            return shown_url(value)
        case _:
            return value


def _database(settings: Settings, now: datetime, wrong: list[str]) -> tuple[dict[str, Any], Examined | None]:
    """What is to be shown of the database, and what was found, where there is one."""
    shown: dict[str, Any] = dict.fromkeys(
        ("server", "revision", "can be recorded", "keys that work", "ledger", "witnesses")
    )
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if settings.database_url.startswith("sqlite:///") and not path.exists():
        wrong.append(f"There is no database at {path} yet: chalkline serve makes it.")
        return shown, None
    found = None
    with _noting(wrong, StoreError), _opened(settings) as opened:
        found = examine_database(opened.engine, now)
        shown |= {"server": found.server, "revision": found.revision or "none", "keys that work": found.working_keys}
        check_schema(opened.engine)
        with _noting(wrong, LostKeyError):
            for kept in kept_secrets(opened.engine):
                wiring.encryption(settings).decrypt(kept)
        with _noting(wrong, LedgerStoppedError):
            shown["ledger"] = f"{examine_ledger(opened, key_place(settings))}; {_unsealed(opened, now)}"
        shown["can be recorded"] = False
        shown["witnesses"] = [_witnessed(opened, each) for each in witnesses_of(settings.ledger_witnesses)]
        asyncio.run(_record(opened))
        shown["can be recorded"] = True
    return shown, found


def _unsealed(opened: Database, now: datetime) -> str:
    """What waits to be sealed, and for how long. That may be because no worker runs, which is no fault here."""
    waits = unsealed_rows(opened.engine)
    if waits.oldest is None:
        return "nothing waits"
    return f"{waits.count} waiting, the oldest for {max(0, round((now - waits.oldest).total_seconds()))} s"


def _witnessed(opened: Database, witness: Witness) -> str:
    """How far a witness is. That it is behind may be because no worker runs; why else, the worker's log says."""
    newest, cosigned = find_checkpoint(opened.engine), cosigned_size(opened.engine, str(witness.key))
    if cosigned is None:
        return f"{witness.name} has cosigned nothing"
    return (
        f"{witness.name} has cosigned {cosigned[0]} of {newest.size}, the last at {cosigned[1]:%Y-%m-%d %H:%M:%S} UTC"
    )


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    opened = wiring.database(settings, CollectorRegistry())
    try:
        yield opened
    finally:
        opened.engine.dispose()


async def _record(opened: Database) -> None:
    """See that a batch of nothing can be recorded, as ``/readyz`` does."""
    await opened.recorder.start()
    try:
        await Readiness(opened, ticks=asyncio.get_running_loop().time).check()
    finally:
        await opened.recorder.stop()


def _about_clocks(found: Examined, now: datetime) -> list[str]:
    said = []
    if found.now is not None and abs(found.now - now) > _TOLERATED:
        said.append(f"The clock here and the database's are {_apart(found.now, now)} apart.")
    if found.newest is not None and found.newest - now > _TOLERATED:
        ahead = f"{_apart(found.newest, now)} ahead of the clock here"
        said.append(f"The newest decision is stamped {ahead}: that clock is behind, or one that recorded was ahead.")
    return said


def _apart(one: datetime, other: datetime) -> str:
    return str(timedelta(seconds=round(abs((one - other).total_seconds()))))


def _about_keys(found: Examined, settings: Settings) -> list[str]:
    if found.keys and not found.working_keys:
        return ["No API key works: make one with chalkline keys create."]
    if not found.keys and settings.bootstrap_key is not None:
        try:
            check_usable(settings.bootstrap_key.get_secret_value())
        except UnusableKeyError as error:
            return [f"{PREFIX}BOOTSTRAP_KEY can never work as a key: {error}."]
    return []


@contextmanager
def _noting(wrong: list[str], kind: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        wrong.append(f"{error}.")
