import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api import serving
from tests.application import INBOUND, Clock
from tests.crm.published import STANDARD_WEBHOOKS
from tests.inbox.client import CHANGES, EVENTS, HUBSPOT, Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import PLAIN_ACCOUNT, SECRET, as_json, plain_event, signed_headers
from tests.problems import hold_problem

BODY = as_json(plain_event("acc-1", **PLAIN_ACCOUNT))
GOOD = signed_headers(BODY, NOW)["webhook-signature"]
STAMP = str(int(NOW.timestamp()))
OTHER = "whsec_" + base64.b64encode(bytes(range(24, 48))).decode()
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def test_the_published_signature_is_accepted_at_its_time_and_refused_before_and_after(database_url: str) -> None:
    secret, message_id, timestamp, body, signature = STANDARD_WEBHOOKS
    at = datetime.fromtimestamp(timestamp, UTC)
    clock = Clock(at)
    values = (message_id, str(timestamp), signature)
    headers = dict(zip(HEADERS, values, strict=True)) | {"Content-Type": "application/json", "Authorization": ""}
    with serving(database_url, clock=clock, inbound=_with_secrets(secret)) as api:

        def answered() -> httpx.Response:
            return api.http.post(EVENTS, content=body, headers=headers)

        # The signature holds: what is refused is what was signed, which is no event.
        hold_problem(answered(), 400, "malformed_payload")
        for seconds, accepted in ((300, True), (301, False), (-300, True), (-301, False)):
            clock.at = at + timedelta(seconds=seconds)
            hold_problem(answered(), *((400, "malformed_payload") if accepted else (401, "bad_signature")))


def _with_secrets(*secrets: str) -> Any:  # noqa: ANN401 - what ``serving`` takes
    return type(SET_UP)(mapping=SET_UP.mapping, secrets=secrets)


def test_a_signed_event_decides_its_account_without_any_api_key(crm: Crm) -> None:
    event = crm.plain(plain_event("acc-1", **PLAIN_ACCOUNT), "msg_1")

    assert (event["status"], event["actor"], event["key"]) == ("applied", "events", "events:msg_1:acc-1")
    assert crm.standing("acc-1")["team"] == "MMKAFO"
    repeated = crm.plain(plain_event("acc-1", **PLAIN_ACCOUNT), "msg_1")
    assert repeated == event | {"repeated": True}


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": None},
        {"webhook-timestamp": None},
        {"webhook-signature": None},
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": "hello"},
        {"webhook-timestamp": f"{STAMP}.9"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "9" * 5000},
        {"webhook-timestamp": str(int(STAMP) - 301)},
        {"webhook-timestamp": str(int(STAMP) + 301)},
        {"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA="},
        {"webhook-signature": GOOD[:8]},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,dawfeoifkpqwoekfpqoekf"},
        {"webhook-signature": "garbage"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v1,a"},
        {"webhook-signature": "v1,\xe9"},
        {"webhook-signature": GOOD.replace("v1,", "v1a,")},
        {"webhook-signature": signed_headers(BODY, NOW, secret=OTHER)["webhook-signature"]},
    ],
)
def test_a_malformed_or_wrong_signature_is_refused_and_records_nothing(
    shared: Crm, changed: dict[str, str | None]
) -> None:
    whole = {"Content-Type": "application/json", "Authorization": ""}
    whole |= dict(zip(HEADERS, ("msg_1", STAMP, GOOD), strict=True))
    sent = [(name, value.encode("latin-1")) for name, value in (whole | changed).items() if value is not None]

    before = shared.api.rows()
    answer = shared.api.http.post(EVENTS, content=BODY, headers=sent)  # type: ignore[arg-type]  # bytes, as some send them

    hold_problem(answer, 401, "bad_signature")
    assert GOOD not in answer.text
    assert shared.api.rows() == before


@pytest.mark.parametrize(
    "signature",
    [GOOD, f"v1,AAAA v2,AAAA {GOOD} v1,AAAA", f"{GOOD}  {GOOD}", f"v1a,whatever {GOOD}"],
)
def test_one_right_signature_among_several_is_enough(crm: Crm, signature: str) -> None:
    headers = signed_headers(BODY, NOW) | {"webhook-signature": signature}
    assert crm.api.http.post(EVENTS, content=BODY, headers=headers).status_code == 200


def test_during_a_rotation_either_secret_is_accepted_with_and_without_its_prefix(database_url: str) -> None:
    secrets = (SECRET.removeprefix("whsec_").rstrip("="), OTHER)
    with serving(database_url, clock=Clock(NOW), inbound=_with_secrets(*secrets)) as api:
        for number, secret in enumerate((SECRET, OTHER)):
            headers = signed_headers(BODY, NOW, f"msg_{number}", secret)
            assert api.http.post(EVENTS, content=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize("body", [b"\xff", b"", b"not json"])
def test_bytes_that_are_no_text_can_be_signed_and_are_refused_for_what_they_are_not(shared: Crm, body: bytes) -> None:
    answer = shared.api.http.post(EVENTS, content=body, headers=signed_headers(body, NOW))
    hold_problem(answer, 400, "malformed_payload")


def test_a_signed_webhook_is_not_there_until_its_secret_is_set_up(database_url: str) -> None:
    with serving(database_url, inbound=INBOUND) as api:
        for path in (EVENTS, HUBSPOT):
            answer = api.http.post(path, content=BODY, headers=signed_headers(BODY, NOW))
            hold_problem(answer, 404, "webhook_not_set_up")


def test_a_member_that_is_no_fact_rejects_its_event_and_a_null_makes_a_fact_unknown(crm: Crm) -> None:
    crm.plain(plain_event("acc-1", **PLAIN_ACCOUNT), "msg_1")
    typo = crm.plain(plain_event("acc-1", "2022-03-02T08:00:00Z", regoin="APAC"), "msg_2")
    assert (typo["status"], typo["problem"][0]["field"]) == ("rejected", "regoin")
    assert crm.facts("acc-1")["region"] == "EMEA"

    crm.plain(plain_event("acc-1", "2022-03-02T09:00:00Z", region=None), "msg_3")
    assert "region" not in crm.facts("acc-1")


def test_a_deletion_by_its_own_name_marks_the_account_and_a_later_update_brings_it_back(crm: Crm) -> None:
    crm.plain(plain_event("acc-1", **PLAIN_ACCOUNT), "msg_1")
    crm.plain(plain_event("acc-1", "2022-03-02T08:00:00Z", "account.deleted"), "msg_2")
    assert crm.state("acc-1")["deleted_at"] == "2022-03-02T08:00:00Z"

    crm.plain(plain_event("acc-1", "2022-03-03T08:00:00Z", name="Acme"), "msg_3")
    assert crm.state("acc-1")["deleted_at"] is None
    assert crm.facts("acc-1")["name"] == "Acme"


def test_an_api_key_alone_signs_nothing(shared: Crm) -> None:
    headers = {"Content-Type": "application/json"}
    for path in (EVENTS, HUBSPOT):
        hold_problem(shared.api.http.post(path, content=BODY, headers=headers), 401, "bad_signature")
    assert shared.api.http.post(CHANGES, content=b"[]", headers=headers).json() == {"events": []}
