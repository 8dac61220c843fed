import time
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from service.entrypoints.api import app
from service.server import application
from service.settings import Settings
from service.store.engine import connect_engine
from service.store.idempotency import purge_idempotency_keys
from service.store.tables.decisions import IdempotencyRow
from tests.api import eventually, serving
from tests.application import START, Clock
from tests.builders import request

WEEK = timedelta(days=7)
WAIT_SECONDS = 10


def keep(engine: Engine, ages: dict[str, timedelta]) -> None:
    """Store keys of these ages."""
    with Session(engine) as opened:
        for key, age in ages.items():
            row = IdempotencyRow(
                caller="crm", key=key, fingerprint="", reference="", body=b"{}", recorded_at=START - age
            )
            opened.add(row)
        opened.commit()


def kept(engine: Engine) -> set[str]:
    with Session(engine) as opened:
        return set(opened.exec(select(IdempotencyRow.key)))


def wait_until_kept(engine: Engine, expected: set[str]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while kept(engine) != expected and time.monotonic() < deadline:
        time.sleep(0.02)
    assert kept(engine) == expected


def test_a_key_is_removed_when_it_is_older_than_the_instant_and_a_younger_one_stays(database_url: str) -> None:
    engine = connect_engine(database_url)
    microsecond = timedelta(microseconds=1)
    keep(engine, {"older": WEEK + microsecond, "as old": WEEK, "younger": WEEK - microsecond, "new": timedelta()})

    assert purge_idempotency_keys(engine, START - WEEK) == 1

    assert kept(engine) == {"as old", "younger", "new"}
    engine.dispose()


def test_keys_are_removed_a_few_at_a_time_the_oldest_first(database_url: str) -> None:
    engine = connect_engine(database_url)
    keep(engine, {f"{days} days": timedelta(days=days) for days in (8, 9, 10, 11, 12)})

    removed = [purge_idempotency_keys(engine, START - WEEK, most=2)]
    assert kept(engine) == {"8 days", "9 days", "10 days"}
    removed += [purge_idempotency_keys(engine, START - WEEK, most=2) for _ in range(3)]

    assert removed == [2, 2, 1, 0]
    engine.dispose()


def test_the_service_forgets_old_keys_at_its_start_and_from_time_to_time(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HOUSEKEEPING_SECONDS", 0.05)
    engine = connect_engine(database_url)
    old = {f"old {number}": timedelta(days=8) for number in range(1_200)}
    keep(engine, old | {"young": timedelta(days=6), "new": timedelta()})

    with serving(database_url) as api:
        wait_until_kept(engine, {"young", "new"})
        eventually(lambda: {"event": "idempotency_keys_forgotten", "keys": 1_200} in api.logged)
        api.clock.advance(days=2)
        wait_until_kept(engine, {"new"})
        api.clock.advance(days=6)
        wait_until_kept(engine, set())
    engine.dispose()


def test_a_service_whose_clock_is_ahead_forgets_no_key_that_is_young(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HOUSEKEEPING_SECONDS", 0.05)
    engine = connect_engine(database_url)
    keep(engine, {"old": timedelta(days=8), "young": timedelta(days=6), "new": timedelta()})

    with serving(database_url, clock=Clock(START + timedelta(days=365))) as api:
        wait_until_kept(engine, {"young", "new"})
        api.http.post("/v1/classifications", json=request(df=500), headers={"Idempotency-Key": "ahead"})
        api.clock.at += timedelta(days=365)
        api.clock.advance(days=2)
        wait_until_kept(engine, {"new", "ahead"})
    engine.dispose()


def test_a_key_gives_the_first_answer_for_seven_days_and_stands_for_a_new_request_once_forgotten(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "HOUSEKEEPING_SECONDS", 0.05)
    with serving(database_url) as api:

        def answered() -> str:
            answer = api.http.post("/v1/classifications", json=request(df=500), headers={"Idempotency-Key": "k-1"})
            decision: str = answer.json()["id"]
            return decision

        first = answered()
        api.clock.advance(days=6, hours=23)
        time.sleep(0.2)
        assert answered() == first
        api.clock.advance(hours=2)
        wait_until_kept(api.database.engine, set())
        assert answered() != first


def test_keys_are_kept_for_as_long_as_is_set(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "HOUSEKEEPING_SECONDS", 0.05)
    engine = connect_engine(database_url)
    keep(engine, {f"{days} days": timedelta(days=days) for days in (8, 29, 31)} | {"new": timedelta()})

    with serving(database_url, keys_kept_for=timedelta(days=30)):
        wait_until_kept(engine, {"8 days", "29 days", "new"})
    engine.dispose()


def test_it_is_the_settings_that_say_how_long_and_not_for_less_than_is_promised() -> None:
    assert application(Settings()).state.context.keys_kept_for == WEEK
    assert application(Settings(idempotency_retention_hours=720)).state.context.keys_kept_for == timedelta(days=30)
    with pytest.raises(ValidationError, match="greater than or equal to 168"):
        Settings(idempotency_retention_hours=167)


def test_housekeeping_that_fails_is_logged_and_tried_again(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "HOUSEKEEPING_SECONDS", 0.05)
    engine = connect_engine(database_url)
    keep(engine, {"old": timedelta(days=8), "new": timedelta()})
    failures = [RuntimeError("once")]

    def forget(engine: Engine, before: datetime) -> int:
        if failures:
            raise failures.pop()
        return purge_idempotency_keys(engine, before)

    monkeypatch.setattr(app, "purge_idempotency_keys", forget)

    with serving(database_url) as api:
        wait_until_kept(engine, {"new"})
        assert next(entry["event"] for entry in api.logged) == "fault"
    engine.dispose()
