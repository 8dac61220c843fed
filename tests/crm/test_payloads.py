"""A payload in JSON is read alike whether it is small, and read at once, or large, and read item by item."""

import json
from collections.abc import Callable

import pytest

from service.crm import payloads
from service.crm.payloads import MalformedPayloadError, parse_json

MOST = 8_000_000
LARGE = payloads._AT_ONCE + 1  # noqa: SLF001 - what is large is nobody else's business
ITEMS = [
    '{"a": {"b": [1, -2.5e3, true, null, "]},{"]}}',
    '{"said": "\\"],[{\\u00e9 ünïcödé 株式会社", "empty": {}, "none": []}',
    '{"twice": 1, "deep": {"twice": [2], "twice": {"once": 3}}, "twice": "4"}',
    '"text, with a comma"',
    json.dumps("much text " * 300),
    "640",
    "[[[]]]",
    "null",
]
WRITTEN = {
    "without blanks": lambda items: "[" + ",".join(items) + "]",
    "with blanks": lambda items: " \n[\t" + " ,\r\n ".join(items) + " ]\n ",
    "with a byte-order mark": lambda items: "\ufeff[" + ", ".join(items) + "]",
    "with one that is nested deeply": lambda items: "[" + ",".join([*items, "[" * 40 + "]" * 40]) + "]",
    "with one that is large": lambda items: "[" + ",".join([*items, json.dumps("x" * LARGE)]) + "]",
    "in an object": lambda items: '{"events": [' + ",".join(items) + "]}",
    "without items": lambda items: "[" + " " * len(",".join(items)) + "]",
}


def large(items: list[str]) -> list[str]:
    """Many times the items."""
    return items * (LARGE // len(",".join(items)) + 1)


def said_of(text: str) -> str:
    with pytest.raises(MalformedPayloadError) as refused:
        parse_json(text.encode(), at_most=MOST)
    return str(refused.value)


@pytest.mark.parametrize("written", WRITTEN)
def test_a_large_list_is_read_as_it_would_be_at_once(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = WRITTEN[written](large(ITEMS)).encode()
    assert LARGE < len(body) < MOST

    in_items = parse_json(body, at_most=MOST)
    monkeypatch.setattr(payloads, "_AT_ONCE", MOST)

    assert in_items == parse_json(body, at_most=MOST)


@pytest.mark.parametrize(
    "written",
    [
        lambda items: "[" + ",".join([*items, '{"a": nothing}', *items]) + "]",
        lambda items: "[" + ",".join([*items, '{"a": 1]', *items]) + "]",
        lambda items: "[" + ",".join(items) + ",]",
        lambda items: "[" + ",".join(items),
        lambda items: "[" + ",".join(items) + "}",
        lambda items: "[" + ",".join(items) + "] 1",
        lambda items: "[," + ",".join(items) + "]",
        lambda items: "[" + " ".join(items) + "]",
        lambda items: '["' + ",".join(items),
    ],
)
def test_of_a_large_list_that_is_no_json_the_same_is_said(
    written: Callable[[list[str]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = written(large(ITEMS))

    in_items = said_of(text)
    monkeypatch.setattr(payloads, "_AT_ONCE", MOST)

    assert in_items == said_of(text)
    assert "is not JSON" in in_items


@pytest.mark.parametrize(
    "text",
    [
        "[[" + ",".join(["{}"] * 2_000_000) + "]]",
        '{"ChangeEventHeader":{"entityName":"Lead"},' + ",".join(f'"k{number}":0' for number in range(100_000)) + "}",
    ],
    ids=["in one item", "in one object"],
)
def test_what_is_large_and_has_far_more_in_it_than_an_event_is_refused_unread(text: str) -> None:
    assert "no list as JSON is usually written, and has more than 50,000 fields and items" in said_of(text)
