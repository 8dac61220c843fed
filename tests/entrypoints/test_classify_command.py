import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from service.domain.decision import Status
from tests.commands import run_command

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
GOLDEN = Path(__file__).parent / "golden"
ON = ("--on", "2022-03-15")


def chalkline(*arguments: object, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    always = {"COLUMNS": "80", "CHALKLINE_DATABASE_URL": os.environ["CHALKLINE_DATABASE_URL"]}
    return run_command("classify", *arguments, environment=always | environment, stdin=stdin)


def document(*arguments: object, stdin: bytes = b"") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(chalkline(*arguments, "--json", stdin=stdin).stdout)
    return answer


@pytest.fixture(scope="module")
def decided_examples() -> dict[str, Any]:
    return document(EXAMPLES / "accounts.csv")


@pytest.mark.parametrize("name", ["accounts", "accounts_salesforce", "accounts_with_mistakes"])
def test_the_examples_print_what_they_always_did(name: str) -> None:
    printed = chalkline(EXAMPLES / f"{name}.csv", *ON).stdout.decode()
    assert printed == (GOLDEN / f"{name}.txt").read_text()
    assert max(map(len, printed.splitlines())) <= 80


def test_the_examples_show_every_rule_and_every_status(decided_examples: dict[str, Any]) -> None:
    decisions = decided_examples["decisions"]
    told = [clause["rule"] for decision in decisions for clause in decision["explanation"]]
    said = [notice["rule"] for decision in decisions for notice in (*decision["advice"], *decision["actions"])]
    gaps = [count.get("gap") for decision in decisions for count in decision["facts"]["employee_counts"]]
    refused = [row["reason"] for row in document(EXAMPLES / "accounts_with_mistakes.csv")["rejected"]]
    rules = {*told, *said, *(decision["rule"] for decision in decisions)}
    rules |= {"SEG-3"} if any(gaps) else set()
    rules |= {"SEG-6"} if any("SEG-6" in reason for reason in refused) else set()
    assert rules >= {f"SEG-{number}" for number in range(1, 10)} | {f"ROUTE-{number}" for number in range(1, 8)}
    assert {decision["rule"] for decision in decisions} == {f"ROUTE-{number}" for number in range(1, 7)}
    assert {decision["status"] for decision in decisions} == set(Status)
    assert {decision["smb_double_check"] for decision in decisions} >= {"verified", "conflict", "unverified"}


def test_the_document_has_the_decisions_and_whatever_was_not_understood(decided_examples: dict[str, Any]) -> None:
    assert len(decided_examples["decisions"]) == 50
    first = decided_examples["decisions"][0]
    assert (first["id"], first["account_id"], first["team"]) == (None, "sample-001", "OUTSIDE_COMMERCIAL")
    assert decided_examples["rejected"] == []
    assert decided_examples["unknown_columns"] == []
    assert decided_examples["columns_not_used"] == ["note"]


def test_rejected_rows_are_reported_with_row_column_and_reason_and_end_the_command_with_1() -> None:
    assert chalkline(EXAMPLES / "accounts_with_mistakes.csv").returncode == 1
    mistakes = document(EXAMPLES / "accounts_with_mistakes.csv")
    assert [decision["account_id"] for decision in mistakes["decisions"]] == ["sample-101", "sample-108"]
    assert mistakes["unknown_columns"] == ["custommer"]
    assert {row["row"] for row in mistakes["rejected"]} == set(range(3, 13)) - {9}
    assert mistakes["rejected"][0] == {
        "row": 3,
        "account_id": "sample-102",
        "column": "max_family_employees",
        "reason": '"1,200" is not a whole number; write digits only, for example 1200',
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "The file is empty"),
        ("blank.json", b" \n", "The input is empty"),
        ("broken.json", b'{"account":', "The input is not JSON"),
        ("other.json", b'{"accounts": []}', "neither a request, nor a list of requests"),
        ("no-id.csv", b"name\nAcme\n", "No column states the account's id"),
        ("sheet.csv", b"PK\x03\x04", "The workbook is damaged"),
        ("utf16.csv", "id\n1".encode("utf-16"), "UTF-16"),
    ],
)
def test_unusable_input_ends_the_command_with_2_and_a_sentence(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    ended = chalkline(tmp_path / name)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert says in ended.stderr.decode()
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("missing.csv",), "missing.csv cannot be read: No such file or directory"),
        (("tests",), "tests cannot be read: Is a directory"),
        (("-", "--on", "2022-01-31"), "No policy was in force on 2022-01-31"),
        (("-", "--on", "31.01.2022"), '"31.01.2022" is not a day'),
    ],
)
def test_an_argument_that_cannot_be_followed_ends_the_command_with_2(arguments: tuple[str, ...], says: str) -> None:
    ended = chalkline(*arguments)
    assert ended.returncode == 2
    assert says in ended.stderr.decode()


@pytest.mark.parametrize("account", ["Coterra Energy", "coterra energy", "sample-033"])
def test_one_account_is_explained_by_its_id_or_its_name(account: str) -> None:
    explained = chalkline(EXAMPLES / "accounts.csv", "--explain", account)
    assert explained.returncode == 0
    assert explained.stdout.decode() == (GOLDEN / "coterra.txt").read_text()


def test_a_salesforce_account_is_found_by_either_form_of_its_id() -> None:
    for account in ("001SAMPLE000001", "001SAMPLE000001YPA"):
        assert chalkline(EXAMPLES / "accounts_salesforce.csv", "--explain", account).stdout.startswith(b"Antero")


@pytest.mark.parametrize(
    "told",
    [
        b"id,crm_created_on\n001000000000051,2021-06-01\n",
        b"Id,CreatedDate\n001000000000051,2021-06-01\n",
        b'{"id": "001000000000051", "crm_created_on": "2021-06-01"}\n',
        b'{"account": {"id": "001000000000051", "crm_created_on": "2021-06-01"}}\n',
    ],
    ids=["facts", "fields", "flat", "request"],
)
def test_an_account_is_one_by_either_form_whatever_names_its_id(told: bytes) -> None:
    (decided,) = document("-", *ON, stdin=told)["decisions"]
    assert decided["account_id"] == decided["facts"]["account"]["id"] == "001000000000051AAA"

    for form in ("001000000000051", "001000000000051AAA"):
        assert chalkline("-", *ON, "--explain", form, stdin=told).returncode == 0

    slip = told.replace(b"001000000000051", b"001000000000051AAB")
    (rejected,) = document("-", *ON, stdin=slip)["rejected"]
    assert rejected["reason"] == '"001000000000051AAB" is not an id: its last three characters should be AAA'
    assert rejected["column"] in {"id", "Id", "/account/id"}


def test_an_account_that_is_not_found_is_answered_with_the_names_near_it() -> None:
    ended = chalkline(EXAMPLES / "accounts.csv", "--explain", "cotera enrgy")
    assert ended.returncode == 2
    assert 'Near it: "Coterra Energy"' in ended.stderr.decode()


def test_a_rejected_account_is_explained_by_what_is_wrong_with_it() -> None:
    ended = chalkline(EXAMPLES / "accounts_with_mistakes.csv", "--explain", "sample-104")
    assert ended.returncode == 1
    assert ended.stdout.decode().splitlines() == [
        "Sample Day GmbH -> rejected",
        '  line 5, crm_created_on: "01.06.2021" is not a day; write it as 2022-03-15',
        '  line 5, first_order_available: "perhaps" is neither true nor false',
    ]


ODD_NAMES = (
    b"id,name,datafox_employees\n"
    b"a1,[bold]x[/nope] :smile:,5\n"
    b"a2,right\xe2\x80\xaeleft,5\n"
    b'a3,"ctrl\x1b[31mred",5\n'
    b"a4,not \xff UTF-8,5\n"
    b"a5,\xe6\xbc\xa2\xe5\xad\x97,5\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_odd_names_are_neither_markup_nor_control_sequences(encoding: str) -> None:
    ended = chalkline("-", stdin=ODD_NAMES, PYTHONIOENCODING=encoding)
    printed = ended.stdout.decode(encoding)
    assert ended.returncode == 1
    assert "[bold]x[/nope] :s" in printed
    assert "right\\u202eleft" in printed
    assert '"ctrl\\x1b[31mred" holds a control character' in printed
    assert '"not \\udcff UTF-8" is not UTF-8' in printed
    assert not set(printed) & {"\x1b", "\u202e"}


def test_without_a_day_of_its_own_a_row_is_decided_under_the_policy_of_the_day_asked_for() -> None:
    csv = b"id,effective_on,datafox_employees\na1,,5\na2,2023-01-01,5\na3,2020-01-01,5\n"
    decided = document("-", *ON, stdin=csv)
    assert [decision["effective_on"] for decision in decided["decisions"]] == ["2022-03-15", "2023-01-01"]
    assert [(row["row"], row["column"]) for row in decided["rejected"]] == [(4, "effective_on")]
