"""What ``chalkline classify`` reads: files and standard input, in every format, however long."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.crm.mapped import USUAL_TEXT
from tests.entrypoints.test_classify_command import EXAMPLES, ON, ROOT, chalkline, document

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
