import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from service.crm.signed.standard_webhooks import (
    SignatureError,
    SignedHeaders,
    UnusableSecretError,
    sign,
    signing_key,
    verify,
)
from tests.crm.published import STANDARD_WEBHOOKS

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(24, 48))).decode()
AT = datetime(2022, 3, 15, 8, 30, tzinfo=UTC)
STAMP = str(int(AT.timestamp()))
BODY = b'{"test": 1}'


def check(
    signatures: str | None,
    *,
    message_id: str | None = "msg_1",
    timestamp: str | None = STAMP,
    body: bytes = BODY,
    secrets: Sequence[str] = (SECRET,),
    now: datetime = AT,
) -> str:
    return verify(SignedHeaders(message_id=message_id, timestamp=timestamp, signatures=signatures), body, secrets, now)


GOOD = sign(SECRET, "msg_1", AT, BODY)


def test_the_published_signature_is_made_and_accepted_at_its_time() -> None:
    secret, message_id, timestamp, text, signature = STANDARD_WEBHOOKS
    at, body = datetime.fromtimestamp(timestamp, UTC), text.encode()
    assert sign(secret, message_id, at, body) == signature
    headers = SignedHeaders(message_id=message_id, timestamp=str(timestamp), signatures=signature)
    assert verify(headers, body, [secret], at) == message_id
    with pytest.raises(SignatureError):
        verify(headers, body, [secret], at + timedelta(seconds=301))


def test_the_library_of_the_standard_signs_alike() -> None:
    assert Webhook(SECRET).sign("msg_1", AT, BODY.decode()) == GOOD


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_five_minutes_either_way_are_tolerated(offset: int) -> None:
    assert check(GOOD, now=AT + timedelta(seconds=offset)) == "msg_1"


@pytest.mark.parametrize(
    ("offset", "says"),
    [(301, "more than 300 seconds old"), (-301, "more than 300 seconds ahead"), (300.001, "seconds old")],
)
def test_a_moment_further_away_is_refused(offset: float, says: str) -> None:
    with pytest.raises(SignatureError, match=says):
        check(GOOD, now=AT + timedelta(seconds=offset))


@pytest.mark.parametrize(
    "signatures",
    [
        GOOD,
        f"v1,AAAA v2,AAAA {GOOD} v1,AAAA",
        f"{GOOD}  {GOOD}",
        f"v1a,whatever garbage {GOOD}",
        sign(OTHER, "msg_1", AT, BODY),
    ],
)
def test_one_right_signature_of_one_of_the_secrets_is_enough(signatures: str) -> None:
    assert check(signatures, secrets=[SECRET, OTHER]) == "msg_1"


@pytest.mark.parametrize(
    "signatures",
    [
        None,
        "",
        " ",
        "garbage",
        "v1",
        "v1,",
        "v1,a",
        "v1,a,b",
        "v1,dawfeoifkpqwoekfpqoekf",
        GOOD[:8],
        GOOD.rstrip("="),
        GOOD + "=",
        GOOD.replace("v1,", "v2,"),
        GOOD.replace("v1,", "v1a,"),
        GOOD.replace("v1,", ""),
        GOOD.upper(),
        "v1,é\ud800",
        sign(OTHER, "msg_1", AT, BODY),
        " ".join(["v1,AAAA"] * 32 + [GOOD]),
    ],
)
def test_no_other_signature_is_accepted(signatures: str | None) -> None:
    with pytest.raises(SignatureError):
        check(signatures)


@pytest.mark.parametrize(
    "timestamp",
    [
        None,
        "",
        "hello",
        f"{STAMP}.9",
        f" {STAMP} ",
        f"{STAMP}\n",
        f"0{STAMP}",
        f"+{STAMP}",
        f"-{STAMP}",
        "1_647_333_000",
        "١٦٤٧٣٣٣٠٠٠",
        "1e9",
        "nan",
        "9" * 5000,
    ],
)
def test_a_timestamp_is_digits_alone(timestamp: str | None) -> None:
    with pytest.raises(SignatureError):
        check(GOOD, timestamp=timestamp)


@pytest.mark.parametrize("message_id", [None, "", "msg 1", "msg_1\n", "é", "a" * 257, "msg.1"])
def test_a_message_id_is_visible_ascii_without_the_separator(message_id: str | None) -> None:
    with pytest.raises(SignatureError):
        check(GOOD, message_id=message_id)
    if message_id is not None:
        with pytest.raises(ValueError, match="A message id is"):
            sign(SECRET, message_id, AT, BODY)


@pytest.mark.parametrize("body", [b"", b"\xff", b"not json"])
def test_any_bytes_can_be_signed(body: bytes) -> None:
    assert check(sign(SECRET, "msg_1", AT, body), body=body) == "msg_1"
    with pytest.raises(SignatureError):
        check(GOOD, body=body)


def test_a_secret_is_the_same_without_its_prefix_and_padding() -> None:
    padded = "whsec_" + base64.b64encode(bytes(25)).decode()
    assert padded.endswith("=")
    assert signing_key(padded) == signing_key(padded.removeprefix("whsec_").rstrip("=")) == bytes(25)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_=", "é", "whsec_a", "not base64!"])
def test_a_secret_that_signs_nothing_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(UnusableSecretError) as error:
        signing_key(secret)
    assert "whsec" not in str(error.value)


def test_without_a_secret_nothing_is_accepted() -> None:
    with pytest.raises(SignatureError):
        check(GOOD, secrets=[])


@given(st.none() | st.text(), st.none() | st.text(), st.none() | st.text(), st.binary())
def test_whatever_the_headers_hold_is_refused_in_one_way(
    message_id: str | None, timestamp: str | None, signatures: str | None, body: bytes
) -> None:
    with pytest.raises(SignatureError):
        check(signatures, message_id=message_id, timestamp=timestamp, body=body)


@given(st.from_regex(r"[!-\-/-~]{1,50}", fullmatch=True), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - UTC is added below
def test_what_is_signed_is_verified(message_id: str, moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    stamp = str(int(at.replace(microsecond=0).timestamp()))
    signature = sign(SECRET, message_id, at, BODY)
    assert check(signature, message_id=message_id, timestamp=stamp, now=at) == message_id
