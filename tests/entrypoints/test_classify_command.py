import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from service.domain.decision import Status
from tests.commands import run_command
from tests.crm.mapped import USUAL_TEXT

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


REQUEST = (EXAMPLES / "request.json").read_bytes()
ONE_LINE = json.dumps(json.loads(REQUEST)).encode()


@pytest.mark.parametrize(
    ("stdin", "times"),
    [
        (REQUEST, 1),
        (b"\xef\xbb\xbf" + REQUEST, 1),
        (b"[%s,%s]" % (REQUEST, REQUEST), 2),
        (b'{"items": [%s]}' % REQUEST, 1),
        (b"%s\n\n%s\n%s" % (ONE_LINE, ONE_LINE, ONE_LINE), 3),
        (b"id;name;region\nsample-account-1;x;EMEA\n", 1),
        ("\ufeffid,name\r\nsample-account-1,Größe\r\n".encode(), 1),
        (b"[]", 0),
    ],
)
def test_standard_input_is_taken_in_any_format(stdin: bytes, times: int) -> None:
    decided = document("-", *ON, stdin=stdin)
    ids = [item["account_id"] for item in (*decided["decisions"], *decided["rejected"])]
    assert ids == ["sample-account-1"] * times
    # The same account in several is rejected, whatever the format.
    assert len(decided["rejected"]) == (times if times > 1 else 0)


def test_a_bad_item_of_json_does_not_harm_the_rest() -> None:
    typo = ONE_LINE.replace(b'"region"', b'"regio"').replace(b"sample-account-1", b"sample-account-2")
    decided = document("-", stdin=b"\n".join([typo, b"{bad", b"7", ONE_LINE]))
    assert len(decided["decisions"]) == 1
    assert [(row["row"], row["column"]) for row in decided["rejected"]] == [
        (1, "/account/regio"),
        (2, None),
        (3, None),
    ]
    assert decided["rejected"][0]["reason"] == "is not a field of a request"


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


MARKETED = b"Id,CreatedDate,ZI_Employees__c,Lead_Motion__c\n001SAMPLE000001,2021-06-01,640,Inbound MQL\n"


def test_a_value_that_a_webhook_reads_is_read_in_a_file_too() -> None:
    decided = document("-", *ON, stdin=MARKETED)
    assert decided["rejected"] == []
    assert [decision["facts"]["motion"] for decision in decided["decisions"]] == ["inbound_mql"]


def test_the_field_mapping_rules_files_as_it_rules_events(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        USUAL_TEXT.replace('motion = ["Lead_Motion__c"', 'motion = ["Herkunft"').replace(
            '"Inbound MQL" =', '"Kam von selbst" ='
        )
    )
    csv = b"Id,Herkunft,Lead_Motion__c,datafox_employees,datafox_gap\n001SAMPLE000001,kam von selbst,x,640,One office\n"
    ended = chalkline("-", *ON, "--json", stdin=csv, CHALKLINE_FIELD_MAPPING=str(mapping))
    decided = json.loads(ended.stdout)
    facts = decided["decisions"][0]["facts"]
    assert (facts["motion"], facts["employee_counts"][0]["gap"]) == ("inbound_mql", "One office")
    assert decided["unknown_columns"] == ["Lead_Motion__c"]


def test_a_field_mapping_that_cannot_be_meant_ends_the_command_with_2_and_a_sentence(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(USUAL_TEXT.replace('name = ["Name"', 'nane = ["Name"'))
    ended = chalkline("-", *ON, stdin=MARKETED, CHALKLINE_FIELD_MAPPING=str(mapping))
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert 'salesforce.account names "nane"' in ended.stderr.decode()


def test_rows_of_json_have_the_names_of_columns_or_are_requests() -> None:
    flat = (
        b'{"Id": "001SAMPLE000001", "Lead_Motion__c": "Inbound MQL", "ZI_Employees__c": 640.0, "Key_Account__c": null}'
    )
    decided = document("-", *ON, stdin=b"\n".join([flat, ONE_LINE, b'{"name": "Acme"}', b'{"Id": 7, "motion": "x"}']))
    assert [decision["account_id"] for decision in decided["decisions"]] == ["001SAMPLE000001YPA", "sample-account-1"]
    assert [(row["row"], row["column"]) for row in decided["rejected"]] == [(3, None), (4, "motion")]
    assert (
        len(document("-", *ON, stdin=flat)["decisions"]) == len(document("-", stdin=b"[%s]" % flat)["decisions"]) == 1
    )


def test_a_parquet_file_is_read_as_a_csv_file_is(tmp_path: Path) -> None:
    file = tmp_path / "accounts.parquet"
    rows = {"id": ["a", "b"], "datafox_employees": [45.0, 12.5], "custommer": [True, False]}
    pyarrow.parquet.write_table(pa.table(rows), file)
    printed = chalkline(file, *ON).stdout.decode()
    assert "1 account decided, 1 rejected." in printed
    assert 'row 2, datafox_employees: "12.5" is not a whole number' in printed
    assert "Columns not known\n  custommer" in printed


def test_every_row_of_a_long_file_is_decided() -> None:
    header, *rows = (EXAMPLES / "accounts.csv").read_bytes().splitlines(keepends=True)
    long = header + b"".join(row.replace(b"sample-", b"sample-%d-" % place) for place in range(20) for row in rows)
    assert b"1,000 accounts decided, 0 rejected." in chalkline("-", stdin=long).stdout
    assert len(document("-", stdin=long)["decisions"]) == 1000


def test_a_reader_that_stops_reading_ends_the_command_quietly(tmp_path: Path) -> None:
    header, *rows = (EXAMPLES / "accounts.csv").read_bytes().splitlines(keepends=True)
    (tmp_path / "long.csv").write_bytes(header + b"".join(rows) * 100)
    command = [sys.executable, "-m", "service", "classify", str(tmp_path / "long.csv")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
