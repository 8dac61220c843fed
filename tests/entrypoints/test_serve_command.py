"""What ``chalkline serve`` says at its start, and what it refuses to start with."""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.domain.keys import Scope
from service.store.engine import connect_engine
from service.store.keys import ApiKey, all_keys
from tests.api import eventually
from tests.commands import Command, run_for_text

KEY = re.compile(r"chalk_[0-9A-Za-z]{49}")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/console/first-key/[A-Za-z0-9_-]{43}")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def keys_of(url: str) -> list[ApiKey]:
    engine = connect_engine(url)
    found = all_keys(engine)
    engine.dispose()
    return found


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_the_first_key_is_shown_with_the_address_once_that_answers(database_url: str, tmp_path: Path) -> None:
    told = tmp_path / "stderr"
    service = Command(
        "serve", environment=os.environ | {"CHALKLINE_DATABASE_URL": database_url, "CHALKLINE_PORT": "0"}, stderr=told
    )
    try:
        eventually(lambda: service.poll() is not None or (told.exists() and "/docs\n" in told.read_text()))
        (key,), (address, *_) = set(KEY.findall(told.read_text())), ADDRESS.findall(told.read_text())
        answer = httpx.get(f"{address}/v1/policies", headers={"Authorization": f"Bearer {key}"})
        (link,) = LINK.findall(told.read_text())
        shown = httpx.get(link)
    finally:
        service.stop(10)

    assert answer.status_code == 200
    assert "Make your key" in shown.text
    (stored,) = keys_of(database_url)
    assert (stored.name, stored.created_by, stored.scopes) == ("bootstrap", "first start", frozenset(Scope))


def test_where_the_port_is_taken_no_key_is_made_that_nobody_would_see(database_url: str, taken_port: int) -> None:
    environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url, "CHALKLINE_PORT": str(taken_port)}

    ran = run_for_text("serve", environment=environment)

    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert f"Nothing can listen on 127.0.0.1:{taken_port}" in ran.stderr
    assert keys_of(database_url) == []


@pytest.mark.parametrize("key", ["chalk_production_0123456789", "production_0123456789\n"])
def test_a_first_key_that_can_never_work_stops_the_start_with_a_sentence(database_url: str, key: str) -> None:
    environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url, "CHALKLINE_PORT": "0"}

    ran = run_for_text("serve", environment=environment | {"CHALKLINE_BOOTSTRAP_KEY": key})

    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert ran.stderr.startswith("CHALKLINE_BOOTSTRAP_KEY can never work as a key: it ")
    assert "production_0123456789" not in ran.stdout + ran.stderr
    assert keys_of(database_url) == []
