"""Who is at a changeover: one process at a time, for as long as it said."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from service.store.changeovers import claim_changeover, request_changeover
from service.store.engine import connect_engine, open_writer
from tests.application import START

LEASE = timedelta(seconds=60)
ON = date(2022, 5, 1)


@pytest.fixture
def requested(database_url: str) -> Iterator[Engine]:
    """A database in which somebody has asked for a changeover."""
    engine = connect_engine(database_url)
    with open_writer(engine) as session:
        request_changeover(session, ON, "tester", START, "r-1")
        session.commit()
    yield engine
    engine.dispose()


def test_a_changeover_is_one_process_s_until_the_instant_that_it_said(requested: Engine) -> None:
    assert claim_changeover(requested, START, START + LEASE) is not None
    ahead = START + timedelta(seconds=2)
    for now in (START - timedelta(seconds=2), START, ahead, START + LEASE):
        assert claim_changeover(requested, now, now + LEASE) is None
    later = START + LEASE + timedelta(seconds=1)
    assert claim_changeover(requested, later, later + LEASE) is not None


def test_a_changeover_that_a_clock_ahead_has_taken_goes_on_once_the_clock_is_right(requested: Engine) -> None:
    ahead = START + timedelta(days=365)
    assert claim_changeover(requested, ahead, ahead + LEASE) is not None

    assert claim_changeover(requested, START, START + LEASE) is not None
