from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.hubspot.signature import SignedRequest, hubspot_signature, verify_hubspot
from service.crm.signed.standard_webhooks import SignatureError
from tests.crm.published import HUBSPOT, older_hubspot_signatures

SECRET = "yyyyyyyy-yyyy"  # noqa: S105 - a key of tests is no secret
NOW = datetime(2022, 3, 15, 8, 30, 0, 500_000, tzinfo=UTC)
STAMP = "1647333000500"
UNSIGNED = SignedRequest(
    method="POST", uri="https://chalkline.example/v1/webhooks/hubspot", body=b"[]", signature=None, timestamp=STAMP
)


def signed(request: SignedRequest = UNSIGNED, secret: str = SECRET) -> SignedRequest:
    return replace(request, signature=hubspot_signature(request, secret, request.timestamp or ""))


def published(signature: str, timestamp: str) -> SignedRequest:
    body = HUBSPOT.body.encode()
    return SignedRequest(method=HUBSPOT.method, uri=HUBSPOT.uri, body=body, signature=signature, timestamp=timestamp)


def test_the_published_signature_of_version_3_is_accepted_at_its_time() -> None:
    at = datetime.fromtimestamp(int(HUBSPOT.timestamp) / 1000, UTC)
    request = published(HUBSPOT.signature, HUBSPOT.timestamp)
    verify_hubspot(request, [HUBSPOT.secret], at)
    verify_hubspot(request, [HUBSPOT.secret], at + timedelta(minutes=5))
    with pytest.raises(SignatureError):
        verify_hubspot(request, [HUBSPOT.secret], at + timedelta(minutes=5, milliseconds=1))


@pytest.mark.parametrize("signature", older_hubspot_signatures())
def test_a_signature_of_an_older_version_is_refused(signature: str) -> None:
    with pytest.raises(SignatureError):
        verify_hubspot(published(signature, STAMP), [HUBSPOT.secret], NOW)


@pytest.mark.parametrize(
    ("sent", "means"),
    [
        ("/a%3Ab%2fc?q=%40%21%24%27%28%29%2A%2C%3B", "/a:b/c?q=@!$'()*,;"),
        ("/a%20b%2Bc%26d%3De%25", "/a%20b%2Bc%26d%3De%25"),
        ("/a%253A", "/a%253A"),
    ],
)
def test_of_the_uri_just_what_hubspot_decodes_is_decoded(sent: str, means: str) -> None:
    request = signed(replace(UNSIGNED, uri=f"https://chalkline.example{means}"))
    verify_hubspot(replace(request, uri=f"https://chalkline.example{sent}"), [SECRET], NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"uri": "https://chalkline.example/v1/webhooks/hubspot?"},
        {"body": b"[ ]"},
        {"timestamp": "1647333000501"},
        {"timestamp": None},
        {"timestamp": "1647333000500.0"},
        {"timestamp": " 1647333000500"},
        {"timestamp": "1647333000"},
        {"signature": None},
        {"signature": ""},
        {"signature": "é"},
        {"signature": "\ud800"},
    ],
)
def test_a_request_that_differs_in_anything_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify_hubspot(replace(signed(), **changed), [SECRET], NOW)  # type: ignore[arg-type]  # a table of one field each


def test_any_of_the_secrets_will_do_and_an_empty_one_is_none() -> None:
    verify_hubspot(signed(), ["another", SECRET], NOW)
    for secrets in ([], [""], ["another"]):
        with pytest.raises(SignatureError):
            verify_hubspot(signed(secret=""), secrets, NOW)


def test_a_request_from_the_future_is_refused() -> None:
    with pytest.raises(SignatureError, match="ahead"):
        verify_hubspot(signed(), [SECRET], NOW - timedelta(minutes=5, milliseconds=1))


@given(st.text(), st.none() | st.text(), st.none() | st.text(), st.binary())
def test_whatever_a_request_holds_is_refused_in_one_way(
    uri: str, signature: str | None, timestamp: str | None, body: bytes
) -> None:
    request = SignedRequest(method="POST", uri=uri, body=body, signature=signature, timestamp=timestamp)
    with pytest.raises(SignatureError):
        verify_hubspot(request, [SECRET], NOW)
