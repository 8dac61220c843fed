"""Take what a payload tells of some records out of it, and leave what it tells of others."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from lxml import etree

from service.crm.known_record import EVERY_RECORD
from service.crm.payloads import MalformedPayloadError
from service.crm.salesforce.soap import parse_xml
from service.domain.redaction import REDACTED, Leaving

_NOT_TOLD, _NUMBERED = "?", "objectId"
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_GAP = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_T = TypeVar("_T")


def without_records(body: bytes, leaving: Leaving) -> bytes:
    """What a CRM sent without what it tells of records, as JSON or XML; nothing where it is neither."""
    try:
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"[", b"{"}:
            return _of_json(body.decode("utf-8-sig"), leaving).encode()
        return _of_xml(body, leaving)
    except (MalformedPayloadError, ValueError, RecursionError):
        return b""


def _sorted(leaving: Leaving, parts: list[_T], texts_of: Callable[[_T], set[str]]) -> tuple[list[_T], list[_T]]:
    """The parts that go, and those that stay without the names."""
    told = [(part, texts_of(part)) for part in parts]
    of_those = [(part, texts) for part, texts in told if not texts.isdisjoint(leaving.records)]
    all_stay = not {EVERY_RECORD, _NOT_TOLD}.isdisjoint(leaving.needed)
    stay = [all_stay or not texts.isdisjoint(leaving.needed) for _, texts in of_those]
    gone = [part for (part, _), stays in zip(of_those, stay, strict=True) if not stays]
    return gone, [part for (part, _), stays in zip(of_those, stay, strict=True) if stays]


def _of_xml(body: bytes, leaving: Leaving) -> bytes:
    root = parse_xml(body)
    gone, unnamed = _sorted(
        leaving, [*root.iter("{*}Notification")], lambda part: {str(text).strip() for text in part.itertext()}
    )
    for part in unnamed:
        for element in part.iter():
            if (element.text or "").strip() in leaving.names:
                element.text = REDACTED
    for part in gone:
        above = part.getparent()
        if above is not None:
            above.remove(part)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _of_json(text: str, leaving: Leaving) -> str:
    """The same text, but for what goes: numbers are not written anew."""
    spans = [*_items(text)]
    gone, unnamed = _sorted(leaving, spans, lambda span: {*_texts_in(json.loads(text[slice(*span)]))})

    def redacted(found: re.Match[str]) -> str:
        return json.dumps(REDACTED) if json.loads(found[0], strict=False) in leaving.names else found[0]

    kept = [
        _TEXT.sub(redacted, text[slice(*span)]) if span in unnamed else text[slice(*span)]
        for span in spans
        if span not in gone
    ]
    return f"[{','.join(kept)}]" if text.lstrip().startswith("[") else "".join(kept)


def _items(text: str) -> Iterator[tuple[int, int]]:
    """Where each item of a list begins and ends; or the whole, where it is no list."""
    decoder, place = json.JSONDecoder(strict=False), len(text) - len(text.lstrip())
    if text[place] != "[":
        yield place, len(text)
        return
    place += 1
    while text[place := _end_of(_GAP, text, place)] != "]":
        _, end = decoder.raw_decode(text, place)
        yield place, end
        place = end


def _end_of(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    end = place if found is None else found.end()
    if end >= len(text):
        raise ValueError("The list does not end")
    return end


def _texts_in(told: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Every text, and the number that HubSpot names a record by."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, list):
        for each in told:
            yield from _texts_in(each)
    elif isinstance(told, dict):
        for name, each in told.items():
            yield from _texts_in(str(each) if name == _NUMBERED else each)
