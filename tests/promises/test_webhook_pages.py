"""The pages about webhooks are run as they stand, block by block, each against a service of its own."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import httpx
import pytest

from service import wiring
from service.crm.closed_won import OPPORTUNITY_FACTS
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.mapping import read_mapping
from service.crm.salesforce.changes import changes_of_message
from service.crm.salesforce.outbound_messages import read_outbound_message
from service.crm.signed.plain_events import changes_of_plain_event
from service.crm.signed.standard_webhooks import signing_key
from service.entrypoints.common.problems import KNOWN
from service.settings import Settings
from tests.application import START
from tests.scripts import run_script
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

pytestmark = pytest.mark.slow

FOLDER = REPOSITORY / "docs" / "how"
PAGES = ("salesforce.md", "change-data-capture.md", "hubspot.md", "signed-events.md")
SAMPLES = REPOSITORY / "examples" / "webhooks"
MAPPING = (REPOSITORY / "service" / "crm" / "field_mapping.toml").read_text()
KEY = {"Authorization": f"Bearer {BOOTSTRAP_KEY}"}
NOT_OF_AN_EVENT = {"id", "salesforce_id", "effective_on", "dedup_requested_by"}
_BLOCK = re.compile(r"```sh\n(.*?)```\n(?:\n((?:    [^\n]*\n)+))?", re.DOTALL)
_END = "--- the end of a block ---"
_SET_UP = re.compile(r"(export \w+=.*\n)+")


@dataclass(frozen=True)
class _Block:
    """Commands of a page, and the pieces of their answers that it shows below them."""

    commands: str
    shown: tuple[str, ...]


def _text(page: str) -> str:
    return (FOLDER / page).read_text()


def _blocks(page: str) -> tuple[dict[str, str], list[_Block]]:
    """What the service is started with, and everything that is run against it."""
    start, *others = _BLOCK.findall(_text(page))
    *assignments, make, target = shlex.split(start[0])
    assert (make, target) == ("make", "run")
    pieces = [
        _Block(commands, tuple(piece for line in shown.splitlines() for piece in line.split(" ... ")))
        for commands, shown in others
    ]
    return dict(assignment.split("=", 1) for assignment in assignments), pieces


def _bash(script: str, url: str, database: Path) -> subprocess.CompletedProcess[str]:
    script = script.replace("http://127.0.0.1:8000", url).replace("chalk_...", BOOTSTRAP_KEY)
    return run_script(script, REPOSITORY, {"CHALKLINE_DATABASE_URL": f"sqlite:///{database}"}, options="set -u")


def _packed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_the_page_is_answered_as_it_says(page: str, tmp_path: Path) -> None:
    environment, blocks = _blocks(page)
    database = tmp_path / "page.db"
    with serving(database, environment) as url:
        ran = _bash("".join(f"{block.commands}\necho '{_END}'\n" for block in blocks), url, database)
    assert ran.returncode == 0, ran.stderr
    *answers, rest = ran.stdout.split(_END)
    assert (len(answers), rest.strip()) == (len(blocks), "")
    for block, answer in zip(blocks, answers, strict=True):
        assert block.shown or _SET_UP.fullmatch(block.commands), (
            f"the page does not say what comes of\n{block.commands}"
        )
        place = 0
        for piece in block.shown:
            found = _packed(answer).find(_packed(piece), place)
            assert found >= 0, f"{piece.strip()}\nis not, or not there, in\n{answer}"
            place = found + len(_packed(piece))


@pytest.mark.parametrize("page", PAGES)
def test_every_problem_of_the_page_has_the_status_that_it_says(page: str) -> None:
    rows = re.findall(r"^\| (\d{3}) \| (`[^|]*`) \|", _text(page), re.MULTILINE)
    told = {(int(status), code) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert len(told) >= 5
    assert told == {(KNOWN[code][0], code) for _, code in told}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_the_page_leads_somewhere(page: str) -> None:
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)]+)\)", _text(page))):
        file = FOLDER / (target or page)
        assert file.is_file(), target
        headings = re.findall(r"^#+ (.*)$", file.read_text() if anchor else "", re.MULTILINE)
        assert anchor in {"", *(heading.lower().replace(" ", "-") for heading in headings)}


@pytest.mark.parametrize(("page", "sections"), [("salesforce.md", "salesforce"), ("hubspot.md", "hubspot")])
def test_the_page_has_every_field_of_the_default_mapping(page: str, sections: str) -> None:
    mapping = wiring.mapping(Settings())
    records = (mapping.account, mapping.opportunity.record) if sections == "salesforce" else (mapping.company,)
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `.*", _text(page), re.MULTILINE))))
    fields = {field for record in records for field in record.facts} - {"Id"}
    assert fields <= named


def test_the_page_of_signed_events_has_every_fact_that_one_can_state() -> None:
    page = _text("signed-events.md")
    ends = re.findall(r"`\.\.\.(_\w+)`", page)
    sources = re.findall(r"`(datafox|zoominfo|linkedin|third_party)(?:_\.\.\.)?`", page)
    named = set(re.findall(r"`(\w+)`", page)) | {source + end for source in sources for end in ends}
    for kind, facts in (("account", FACTS_BY_NAME.keys() - NOT_OF_AN_EVENT), ("opportunity", OPPORTUNITY_FACTS.keys())):
        assert facts <= named
        data = {"id": "sample-1", **dict.fromkeys(facts)}
        event = {"type": f"{kind}.updated", "timestamp": "2022-03-15T09:30:00Z", "data": data}
        (change,) = changes_of_plain_event(json.dumps(event).encode(), "sample", UTC)
        assert change.patch.faults == ()


def test_the_fields_that_the_page_has_a_message_carry_are_all_of_the_mapping() -> None:
    (line,) = re.findall(r"```toml\n(.*?)```", _text("salesforce.md"), re.DOTALL)
    mapping = read_mapping(MAPPING.replace("outbound_message_carries = []", line))
    assert mapping.carried == mapping.account.facts.keys() - {"Id"}
    message = read_outbound_message((SAMPLES / "outbound-message.xml").read_bytes())
    (change,) = changes_of_message(message, mapping, START)
    assert change.tells_all
    assert change.patch.stated["lam_dev_count"] is None


def test_the_sender_of_the_page_sends(tmp_path: Path) -> None:
    environment, _ = _blocks("signed-events.md")
    (secret,) = json.loads(environment["CHALKLINE_WEBHOOK_SECRETS"])
    (sender,) = re.findall(r"```python\n(.*?)```", _text("signed-events.md"), re.DOTALL)
    with serving(tmp_path / "sender.db", environment) as url:
        answers = [
            subprocess.run(
                [sys.executable, "-c", sender],
                env=os.environ | {"API": url, "SECRET": secret},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for _ in range(2)
        ]
    assert [json.loads(answer)["events"][0]["repeated"] for answer in answers] == [False, True]


def test_the_secret_of_the_page_says_that_it_is_a_sample() -> None:
    environment, _ = _blocks("signed-events.md")
    (secret,) = json.loads(environment["CHALKLINE_WEBHOOK_SECRETS"])
    assert signing_key(secret).startswith(b"sample")


def test_the_script_signs_for_the_address_that_a_proxy_has(tmp_path: Path) -> None:
    environment, _ = _blocks("hubspot.md")
    (secret,) = json.loads(environment["CHALKLINE_HUBSPOT_CLIENT_SECRETS"])
    (public,) = re.findall(r"CHALKLINE_PUBLIC_URL=(\S+)", _text("hubspot.md"))
    with serving(tmp_path / "proxy.db", {**environment, "CHALKLINE_PUBLIC_URL": public}) as url:
        sent = [
            subprocess.run(
                [sys.executable, SAMPLES / "send.py", "hubspot", SAMPLES / "hubspot-event.json", "--to", url, *signed],
                env=os.environ | {"SECRET": secret},
                capture_output=True,
                check=False,
            ).returncode
            for signed in (["--signed-for", public], [])
        ]
    assert sent == [0, 1]


def test_a_message_of_another_organization_is_refused_as_the_page_says(tmp_path: Path) -> None:
    environment = {"CHALKLINE_SALESFORCE_ORGANIZATION_ID": "00D000000000002AAA"}
    with serving(tmp_path / "other.db", environment) as url:
        answer = _posted(url, (SAMPLES / "outbound-message.xml").read_bytes())
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:chalkline:problem:wrong_organization")


@pytest.mark.parametrize("page", ["hubspot.md", "signed-events.md"])
def test_a_webhook_without_its_secret_is_not_there(page: str, tmp_path: Path) -> None:
    environment, _ = _blocks(page)
    (variable,) = environment
    path = {"hubspot.md": "/v1/webhooks/hubspot", "signed-events.md": "/v1/webhooks/events"}[page]
    with serving(tmp_path / "none.db", {}) as url:
        problem = httpx.post(url + path, json=[]).json()
    assert problem["type"] == "urn:chalkline:problem:webhook_not_set_up"
    assert problem["detail"].endswith(variable)


def test_a_value_that_was_not_read_is_given_a_meaning_and_its_event_tried_again(tmp_path: Path) -> None:
    told = (SAMPLES / "outbound-message.xml").read_bytes()
    told = told.replace(b"<sf:Type>", b"<sf:Lead_Motion__c>Web Form</sf:Lead_Motion__c><sf:Type>")
    with serving(tmp_path / "retry.db", {}) as url:
        assert b"<Ack>true</Ack>" in _posted(url, told).content
        (event,) = httpx.get(f"{url}/v1/events", headers=KEY).json()["items"]
    said = '"Web Form" is not existing, inbound_mql or outbound; motion is taken as unknown'
    assert event["remarks"] == [{"field": "Lead_Motion__c", "reason": said}]
    mapping = tmp_path / "field_mapping.toml"
    mapping.write_text(
        MAPPING.replace("[salesforce.values.motion]", '[salesforce.values.motion]\n"Web Form" = "existing"')
    )
    with serving(tmp_path / "retry.db", {"CHALKLINE_FIELD_MAPPING": str(mapping)}) as url:
        again = httpx.post(f"{url}/v1/events/{event['id']}/retry", headers=KEY).json()
        account = httpx.get(f"{url}/v1/accounts/001000000000001AAA", headers=KEY).json()
    assert (again["status"], again["remarks"], account["team"]) == ("applied", [], "MMKAFO")


def test_an_opportunity_that_cannot_start_its_handoff_waits_or_is_rejected(tmp_path: Path) -> None:
    told = (SAMPLES / "outbound-opportunity.xml").read_text()
    reasons = {
        told: ("waiting", "classify it first"),
        told.replace("<sf:Amount>18000.0</sf:Amount>", ""): ("rejected", "is not known of the opportunity"),
        told.replace("2022-06-01</", "9022-06-01</"): ("waiting", "has not come yet"),
    }
    assert len(reasons) == 3
    with serving(tmp_path / "won.db", {}) as url:
        for number, (message, (status, reason)) in enumerate(reasons.items(), start=1):
            other = message.replace("006000000000001AAA", f"00600000000000{number}AAA")
            other = other.replace("04l000000000002AAA", f"04l00000000000{number}AAA")
            assert b"<Ack>true</Ack>" in _posted(url, other.encode()).content
            newest, *_ = httpx.get(f"{url}/v1/events?status={status}", headers=KEY).json()["items"]
            assert newest["key"].startswith(f"salesforce-outbound:04l00000000000{number}AAA/")
            assert reason in newest["problem"][0]["reason"]


def _posted(url: str, message: bytes) -> httpx.Response:
    path = "/v1/webhooks/salesforce/outbound-messages"
    return httpx.post(url + path, content=message, headers={**KEY, "Content-Type": "text/xml"})
