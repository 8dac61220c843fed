"""A case is tried, and a table looked through: what comes of facts, and nothing is recorded."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.browser.visits import HOSTILE
from tests.console.visiting import TOKEN, Person

KNOWN = {"region": "NORAM", "customer": "false", "first_order_available": "true", "crm_created_on": "2021-06-01"}
HEADER = "id,name,region,customer,first_order_available,crm_created_on,current_team,datafox_employees"


@pytest.fixture(scope="module")
def trier(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("trier", Scope.CLASSIFY)


def case(**stated: str) -> str:
    return f"/console/try?{urlencode(KNOWN | stated)}"


def send(person: Person, file: bytes, name: str = "accounts.csv", **fields: str) -> httpx.Response:
    found = TOKEN.search(person.get("/console/try"))
    data = {"form_token": found[1] if found else "", **fields}
    return person.http.post("/console/try/table", data=data, files={"file": (name, file, "text/csv")})


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_a_case_is_decided_as_the_address_states_it_and_nothing_is_recorded(api: Api, trier: Person) -> None:
    before = api.rows()

    page = trier.get(case(datafox_employees="12"))

    assert "<strong>SMB</strong> would own it." in page
    assert "Datafox" in page.partition('id="size"')[2]
    assert "What would change it" in page
    assert 'name="datafox_employees" value="12"' in page
    assert '<option value="false" selected>No</option>' in page
    assert api.rows() == before


def test_a_case_is_decided_as_the_api_would_decide_it(api: Api, trier: Person) -> None:
    page = trier.get(case(zoominfo_employees="201-900", datafox_employees="12", datafox_gap="One office only."))
    account = {"id": "any", **KNOWN, "customer": False, "first_order_available": True}
    counts = [
        {"source": "zoominfo", "employees": "201-900"},
        {"source": "datafox", "employees": 12, "wholly_wrong": True, "gap": "One office only."},
    ]
    asked = {"account": account, "employee_counts": counts}
    told = api.http.post("/v1/classifications?dry_run=true", json=asked).json()

    assert f"By rule {told['rule']}" in page
    assert "201 to 900" in page
    assert "One office only." in page


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"datafox_employees": "many"}, "Employees by Datafox: “many”"),
        ({"customer": "true"}, "First Order Available: A customer has placed its first order already"),
        ({"effective_on": "2001-01-01"}, "No policy was in force"),
        ({"third_party_employees": "40"}, "Third party: A third party needs its name"),
        ({"motion": "by post"}, "How it came"),
    ],
)
def test_what_cannot_be_decided_says_which_field_is_at_fault(trier: Person, stated: dict[str, str], says: str) -> None:
    page = trier.get(case(**stated), 422)

    assert says.replace("“", "").replace("”", "").split(":")[0] in text(page)
    assert says.partition(": ")[2].strip("“”") in text(page)
    assert "Traceback" not in page


def test_a_hostile_case_is_text(trier: Person) -> None:
    answer = trier.http.get(case(datafox_employees="12", datafox_gap=HOSTILE, region=HOSTILE))

    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text.partition('id="result"')[2]


def test_a_table_is_looked_through_on_a_page(api: Api, trier: Person) -> None:
    rows = [f"acc-{n},Sample {n},NORAM,no,yes,2021-06-01,SMB,{size}" for n, size in enumerate((12, 20, 500))]
    before = api.rows()

    page = text(send(trier, "\n".join([f"{HEADER},colour", *(f"{row},red" for row in rows), "acc-9,,x"]).encode()).text)

    assert "4 rows: 3 decided, 1 rejected. 1 would move to another team." in page
    assert "has 3 cells where the header has 9" in page
    assert "Not knowncolour" in page
    assert api.rows() == before


def test_a_table_is_read_as_it_is_said_to_be_written(trier: Person) -> None:
    file = f"{HEADER}\nacc-1,M\u00fcller,NORAM,no,yes,6/1/2021,SMB,1.200\n".replace("1.200", '"1,200"').encode(
        "windows-1252"
    )

    plain = text(send(trier, file).text)
    said = text(send(trier, file, days="mdy", thousands=",", encoding="windows-1252").text)

    assert "0 decided, 1 rejected" in plain
    assert "Read with days mdy, 1 cell of crm_created_on would make sense." in plain
    assert "1 row: 1 decided, 0 rejected" in said


@pytest.mark.parametrize(
    ("file", "fields", "status", "says"),
    [
        (b"", {}, 422, "Choose a CSV file"),
        (b"\xff\xfea", {}, 422, "The input looks like UTF-16"),
        ("id,name\nacc-1,Sample\n".encode("utf-16-le"), {}, 422, "The input looks like UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"pixels" * 99, {}, 422, "The input is no table"),
        (b"colour\nred\n", {}, 422, "No column states the account's id"),
        (b"id\nacc-1\n", {"days": "someday"}, 422, "Choose one of the orders"),
        (b"id\nacc-1\n", {"thousands": "'"}, 422, "Choose a comma or a point"),
        (b"id\nacc-1\n", {"encoding": "latin-9000"}, 422, "Choose one of the encodings"),
        (b"id\n" + b"".join(b"acc-%d\n" % n for n in range(10_001)), {}, 422, "more than 10,000 rows"),
        (b"x" * 5_000_001, {}, 422, "at most 5,000,000 bytes"),
        (b"x" * 5_200_000, {}, 413, "at most 5,065,536 bytes"),
    ],
    ids=[
        "empty",
        "utf-16",
        "without its mark",
        "picture",
        "no id",
        "days",
        "thousands",
        "encoding",
        "rows",
        "bytes",
        "far too many bytes",
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    trier: Person, file: bytes, fields: dict[str, str], status: int, says: str
) -> None:
    answer = send(trier, file, **fields)

    assert (answer.status_code, says in Person.shown(answer)) == (status, True), answer.text


def test_a_file_is_taken_from_our_own_page_alone(trier: Person) -> None:
    file = {"file": ("accounts.csv", b"id\nacc-1\n")}
    token = TOKEN.search(trier.get("/console/try"))
    assert token is not None

    for data, headers in (({}, {}), ({"form_token": token[1]}, {"Sec-Fetch-Site": "cross-site"})):
        assert trier.http.post("/console/try/table", data=data, files=file, headers=headers).status_code == 403
    assert trier.http.post("/console/try/table", data={"form_token": token[1]}).status_code == 415


@pytest.mark.parametrize(
    "body", [b"", b"--b", b"--b\r\n\r\n--b--", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"]
)
def test_what_is_no_form_with_a_file_is_refused(trier: Person, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}

    assert trier.http.post("/console/try/table", content=body, headers=headers).status_code == 422


def test_a_hostile_table_is_text(trier: Person) -> None:
    quoted = HOSTILE.replace('"', '""')

    page = send(trier, f'id,"{quoted}",region\nacc-1,x,"{quoted}"\n"{quoted}",,\n'.encode()).text

    assert "<script>alert" not in page
    assert "\u202e" not in page
