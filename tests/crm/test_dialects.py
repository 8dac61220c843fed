"""Cells that may be written in several ways are read in the one that is said, and else name the option."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm import readings
from service.crm.dialect import PLAIN, DayOrder, Dialect, Thousands
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.readings import BadValueError, moment, read_written
from service.domain.numbers import as_whole

AMERICAN = Dialect(days=DayOrder.MDY, thousands=Thousands.COMMA)
GERMAN = Dialect(
    days=DayOrder.DMY, thousands=Thousands.POINT, true=frozenset({"wahr"}), false=frozenset({"falsch", "0"})
)
YEARS_FIRST = Dialect(days=DayOrder.YMD)


def read(fact: str, text: str, dialect: Dialect = PLAIN) -> object:
    value = read_written(FACTS_BY_NAME[fact].read, text, UTC, dialect)
    return value if isinstance(value, int | date | str) else str(value)


@pytest.mark.parametrize(
    ("dialect", "fact", "text", "value"),
    [
        (AMERICAN, "crm_created_on", "6/1/2021", date(2021, 6, 1)),
        (AMERICAN, "crm_created_on", "06/01/2021 8:30 PM", date(2021, 6, 1)),
        (AMERICAN, "crm_created_on", "6/1/2021, 08:30:00", date(2021, 6, 1)),
        (AMERICAN, "crm_created_on", "2021-06-01", date(2021, 6, 1)),
        (AMERICAN, "crm_created_on", "2021-06-01T23:30:00-05:00", date(2021, 6, 2)),
        (AMERICAN, "datafox_employees", "1,200", 1200),
        (AMERICAN, "datafox_employees", "1,200.00", 1200),
        (AMERICAN, "datafox_employees", "640.000", 640),
        (AMERICAN, "linkedin_employees", "1,001-5,000", "1001-5000"),
        (GERMAN, "crm_created_on", "01.06.2021", date(2021, 6, 1)),
        (GERMAN, "crm_created_on", "1.6.2021 08:30", date(2021, 6, 1)),
        (GERMAN, "datafox_employees", "1.200", 1200),
        (GERMAN, "datafox_employees", "640,0", 640),
        (GERMAN, "datafox_employees", "640.000", 640_000),
        (GERMAN, "linkedin_employees", "1.001 \N{EN DASH} 5.000", "1001-5000"),
        (GERMAN, "linkedin_employees", "10.001+", "10001+"),
        (GERMAN, "customer", "Wahr", True),
        (GERMAN, "customer", "FALSCH", False),
        (GERMAN, "customer", "yes", True),
        (YEARS_FIRST, "crm_created_on", "2021/6/1", date(2021, 6, 1)),
        (PLAIN, "datafox_employees", "640.0", 640),
        (PLAIN, "datafox_employees", "640.00", 640),
        (PLAIN, "datafox_employees", "6.4E2", 640),
        (PLAIN, "datafox_employees", "6.4e+2", 640),
        (PLAIN, "linkedin_employees", "1,001-5,000", "1001-5000"),
    ],
)
def test_a_cell_is_read_as_it_is_said_to_be_written(dialect: Dialect, fact: str, text: str, value: object) -> None:
    assert read(fact, text, dialect) == value


@pytest.mark.parametrize(
    ("fact", "text", "options", "says"),
    [
        ("crm_created_on", "6/1/2021", ("--days mdy", "--days dmy"), "is not a day"),
        ("crm_created_on", "6/13/2021", ("--days mdy",), "is not a day"),
        ("crm_created_on", "13.6.2021", ("--days dmy",), "is not a day"),
        ("crm_created_on", "2021/06/13", ("--days ymd",), "is not a day"),
        ("crm_created_on", "6/1/21", (), "has no year of four digits"),
        ("crm_created_on", "13.13.2021", (), "is not a day"),
        ("crm_created_on", "44348", (), "is not a day"),
        ("datafox_employees", "1,200", ("--thousands ,",), "is not a whole number"),
        ("datafox_employees", "1.200", ("--thousands .",), "may have a fraction or thousands"),
        ("datafox_employees", "640.000", ("--thousands ,", "--thousands ."), "may have a fraction or thousands"),
        ("linkedin_employees", "1.001-5.000", ("--thousands .",), "is not a whole number"),
        ("datafox_employees", "640.5", (), "is not a whole number"),
        ("datafox_employees", "6.4E+02", (), "is not a whole number"),
        ("datafox_employees", "-5", (), "is negative"),
        ("datafox_employees", "-5.0", (), "is negative"),
        ("linkedin_employees", "10-Feb", (), "is a day; a spreadsheet reads a range such as 2-10 as one"),
        ("linkedin_employees", "2. Okt", (), "is a day"),
        ("linkedin_employees", "Nov-50", (), "is a day"),
        ("linkedin_employees", "02.10.2022", (), "is a day"),
        ("linkedin_employees", "2022-10-02", (), "is a day"),
        ("customer", "WAHR", ("--true WAHR",), "is neither true nor false"),
        ("customer", "faux", ("--false faux",), "is neither true nor false"),
        ("customer", "perhaps", (), "is neither true nor false"),
    ],
)
def test_a_cell_that_cannot_be_read_names_the_options_that_would_read_it(
    fact: str, text: str, options: tuple[str, ...], says: str
) -> None:
    with pytest.raises(BadValueError, match=says) as refused:
        read(fact, text)
    assert refused.value.options == options


@pytest.mark.parametrize("text", ["12,00", "1,2000", "1.200,00", "1,200,5", ",200", "1.001-5.000"])
def test_thousands_stand_in_groups_of_three(text: str) -> None:
    with pytest.raises(BadValueError, match="is not a whole number"):
        read("datafox_employees", text, AMERICAN)


@given(st.integers(0, 100_000_000), st.sampled_from(["{}", "{}.0", "{}.00", "{}E0", "{:,}", "{:,}.0"]))
def test_a_number_is_the_same_however_it_is_written(number: int, form: str) -> None:
    text = form.format(number)
    assert read("datafox_employees", text, AMERICAN) == number
    assert read("datafox_employees", text.translate(str.maketrans(",.", ".,")), GERMAN) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("640", 640), ("0640", 640), ("6.4E2", 640), ("-5", -5), ("1.234", None), ("640.000", None), ("1E12", None),
     ("640.5", None), ("", None), (" 640", None), ("6_40", None), ("\N{ARABIC-INDIC DIGIT SIX}", None)],
)  # fmt: skip
def test_a_text_is_a_whole_number_or_none(text: str, number: int | None) -> None:
    assert as_whole(text) == number


@pytest.mark.parametrize(
    ("text", "order", "at"),
    [
        ("2022-03-01", None, datetime(2022, 3, 1, tzinfo=UTC)),
        ("2022-03-01T10:00:00.000+0100", None, datetime(2022, 3, 1, 9, tzinfo=UTC)),
        ("2022-03-01 10:00", None, datetime(2022, 3, 1, 10, tzinfo=UTC)),
        ("3/1/2022 12:05 AM", DayOrder.MDY, datetime(2022, 3, 1, 0, 5, tzinfo=UTC)),
        ("3/1/2022, 1:05 PM", DayOrder.MDY, datetime(2022, 3, 1, 13, 5, tzinfo=UTC)),
        ("01.03.2022 18:05:07", DayOrder.DMY, datetime(2022, 3, 1, 18, 5, 7, tzinfo=UTC)),
        ("01.03.2022", DayOrder.DMY, datetime(2022, 3, 1, tzinfo=UTC)),
    ],
)
def test_moments_are_read_to_the_second(text: str, order: DayOrder | None, at: datetime) -> None:
    assert moment(text, UTC, order) == at


def test_a_time_that_no_day_has_is_no_moment() -> None:
    with pytest.raises(BadValueError, match="has a time that no day has"):
        moment("3/1/2022 27:00", UTC, DayOrder.MDY)


@pytest.mark.parametrize("time", ["25:00", "24:00", "08:60", "08:30:60", "13:00 PM", "0:30 PM", "13:00 a.m."])
@pytest.mark.parametrize(
    ("day", "dialect"), [("6/1/2021", AMERICAN), ("01.06.2021", GERMAN), ("2021/6/1", YEARS_FIRST)]
)
def test_a_day_with_a_time_that_no_day_has_is_none(day: str, dialect: Dialect, time: str) -> None:
    for written in (dialect, PLAIN):
        with pytest.raises(BadValueError, match="has a time that no day has") as refused:
            read("crm_created_on", f"{day} {time}", written)
        assert refused.value.options == ()


@pytest.mark.parametrize("text", ["6/1/21", "01.06.21", "21-6-1", "6/1/21 8:30 PM", "6/1/021"])
@pytest.mark.parametrize("dialect", [AMERICAN, GERMAN, YEARS_FIRST, PLAIN])
def test_a_year_has_four_digits(text: str, dialect: Dialect) -> None:
    with pytest.raises(BadValueError, match="has no year of four digits; write it as 2022-03-15"):
        read("crm_created_on", text, dialect)


def test_every_reading_that_may_be_written_differently_is_read_in_the_dialect() -> None:
    assert {fact.read for fact in FACTS_BY_NAME.values()} >= {readings.day, readings.count, readings.truth}
