"""The calendar at the console: a month by its days, a close date of a case in the address, and how to subscribe."""

import re
from collections.abc import Iterator

import pytest

from service.domain.keys import Scope
from tests.api import Api, serving
from tests.console.visiting import Person
from tests.databases import SqliteDatabases

PATH = "/console/calendar"
CASE = "opportunity=growth&compelling_event=false&quote_out=false&closing_on=2026-01-31"


@pytest.fixture(scope="module")
def reader(sqlite_databases: SqliteDatabases) -> Iterator[Person]:
    with sqlite_databases.fresh() as url, serving(url) as api, Person(api) as found:
        yield found.sign_in("reader", Scope.READ)


@pytest.fixture
def api(reader: Person) -> Api:
    return reader.api


def days(page: str) -> list[str]:
    return re.findall(r'<td data-label="Day">\w+, <time datetime="([0-9-]+)">', page)


def test_this_month_is_shown_and_the_months_beside_it_are_linked(reader: Person) -> None:
    page = reader.get(PATH)
    before = reader.get(f"{PATH}?month=2025-12")

    assert '<h2 id="month">January 2026</h2>' in page
    assert '<a href="/console/calendar" aria-current="page">Calendar</a>' in page
    assert f'href="{PATH}?month=2025-12"' in page
    assert f'href="{PATH}?month=2026-02"' in page
    assert days(page) == [f"2026-01-{day:02}" for day in (7, 14, 15, 21, 26, 27, 28, 29, 30)]
    assert '<h2 id="month">December 2025</h2>' in before
    for end in ("0001-01", "9999-12"):
        assert days(reader.get(f"{PATH}?month={end}"))


def test_kinds_are_chosen_and_kept_in_the_links(reader: Person) -> None:
    page = reader.get(f"{PATH}?month=2026-02&kind=red_green_meeting&kind=quarter_changeover")

    assert days(page) == [f"2026-02-{day:02}" for day in (1, 13, 23, 24, 25, 26, 27)]
    assert f"{PATH}?month=2026-03&kind=red_green_meeting&kind=quarter_changeover" in page
    assert "Nothing of this kind" in reader.get(f"{PATH}?month=2026-03&kind=quarter_changeover")
    reader.get(f"{PATH}?kind=holiday", 422)
    reader.get(f"{PATH}?month=March", 422)


@pytest.mark.parametrize(
    ("case", "says"),
    [
        (f"{CASE}&set_at=2026-01-05T08:00", "1 February 2026</time>"),
        (f"{CASE}&set_at=2026-01-05T08:00", "It may be left so until 2026-01-07 08:00."),
        (f"{CASE}&set_at=2026-01-03T08:00", "More than 48 hours went by"),
        (CASE, "What would settle what is not known: when it became the first day of a month."),
        ("opportunity=renewal&signing_expected_on=2026-01-10", "have it signed by 2026-01-09"),
        ("opportunity=renewal", "What would settle what is not known: the expected signing day."),
        ("opportunity=renewal", "Close Date Conventions"),
    ],
)
def test_a_case_in_the_address_has_its_close_date(reader: Person, case: str, says: str) -> None:
    assert says in reader.get(f"{PATH}?{case}")


def test_a_case_that_cannot_be_is_refused_by_its_field(reader: Person) -> None:
    for case, names in (
        ("set_at=noon", "set_at"),
        ("closing_on=May", "closing_on"),
        (f"{CASE}&set_at=2027-01-01T00:00", "set_at"),
    ):
        assert names in reader.get(f"{PATH}?{case}", 422)


def test_a_key_of_the_calendar_alone_sees_the_page_and_who_makes_keys_is_led_to_them(api: Api) -> None:
    with Person(api) as program, Person(api) as maker:
        program.sign_in("program", Scope.CALENDAR)
        assert "/v1/calendar/KEY.ics" in program.get(PATH)
        assert "Whoever makes the keys" in program.get(PATH)
        maker.sign_in("maker", Scope.ADMIN, Scope.READ)
        assert 'href="/console/keys">Make a key' in maker.get(PATH)
