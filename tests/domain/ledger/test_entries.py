"""Entries: their one spelling, what is sealed plainly and what as a digest."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ledger.canonical import Json, NotCanonicalError, canonical, is_same
from service.domain.ledger.entries import (
    Entry,
    LongEntryError,
    joined,
    names_of,
    parted,
    pointer_to,
    read_entry,
    salted,
    seal,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ODD = st.text(st.sampled_from('\x00\x08\x1f\x7f"\\/aé\u2028\ue000\uffff\U00010000\U0001f600'))
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT | ODD,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT | ODD, inner),
    max_leaves=30,
)
SALT = bytes(range(16))
AT = "2026-11-30T09:30:00.123456Z"
RECORD: dict[str, Json] = {
    "id": "0198",
    "team": "MMKAFO",
    "account_id": "a1",
    "facts": {"account": {"name": "Acme", "region": "EMEA"}, "effective_on": "2022-03-15"},
    "evidence": {"text": "They said so"},
}
PERSONAL = ("/account_id", "/facts/account/name", "/evidence/text", "/not/there")


def salt_of(pointer: str) -> bytes:
    return sha256(pointer.encode()).digest()[:16]


def sealed(record: dict[str, Json] = RECORD, salt_of: Callable[[str], bytes] = salt_of) -> bytes:
    return seal("decision", "0198", AT, *parted(record, PERSONAL), salt_of)


@pytest.mark.law
@given(VALUES)
def test_every_value_is_written_as_the_standard_writes_it(value: Json) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert json.loads(canonical(value)) == value


def test_keys_are_ordered_as_utf_16_whatever_else_has_such_characters() -> None:
    before_the_other_in_utf_16 = {"\U0001f600": 1, "\ue000": 2}
    assert list(json.loads(canonical({"inner": [before_the_other_in_utf_16]}))["inner"][0]) == ["\U0001f600", "\ue000"]
    assert canonical({"b": "\U0001f600", "a": 1}) == '{"a":1,"b":"\U0001f600"}'.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, 0.5, float("nan"), 2**53, -(2**53), "\ud800", {"\udfff": 1}, {1: 2}, b"bytes", {1, 2}, object(), 1j, [[2.0]]],
)
def test_what_has_no_one_spelling_here_is_refused(value: Any) -> None:  # noqa: ANN401 - anything at all
    with pytest.raises(NotCanonicalError):
        canonical(value)
    with pytest.raises(NotCanonicalError):
        canonical({"within": [value]})
    assert not is_same(value, value)


def test_a_value_of_many_levels_is_refused_and_not_tried() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(NotCanonicalError):
        canonical(deep)


def test_one_and_true_are_not_the_same() -> None:
    assert not is_same([1], [True])
    assert is_same({"a": 1, "b": [None]}, {"b": [None], "a": 1})


def test_a_digest_is_of_the_salt_and_the_one_spelling_and_of_nothing_else_that_is_hashed() -> None:
    said = b"chalkline salted value 1\n" + SALT + b'{"a":1,"b":"\xc3\xa9"}'
    assert salted(SALT, {"b": "é", "a": 1}) == sha256(said).hexdigest()
    assert salted(SALT, None) != salted(bytes(16), None)
    with pytest.raises(ValueError, match="16 bytes"):
        salted(SALT[:-1], "value")


def test_an_entry_has_no_personal_value_in_it_and_names_where_each_belongs() -> None:
    entry = sealed()
    for value in ("Acme", "a1", "They said so"):
        assert value.encode() not in entry
    assert json.loads(entry) == {
        "format": 1,
        "kind": "decision",
        "id": "0198",
        "at": AT,
        "plain": {
            "id": "0198",
            "team": "MMKAFO",
            "facts": {"account": {"region": "EMEA"}, "effective_on": "2022-03-15"},
        },
        "salted": {
            "/account_id": salted(salt_of("/account_id"), "a1"),
            "/facts/account/name": salted(salt_of("/facts/account/name"), "Acme"),
            "/evidence/text": salted(salt_of("/evidence/text"), "They said so"),
        },
    }
    assert entry == rfc8785.dumps(json.loads(entry))


def test_the_same_value_with_another_salt_is_another_entry() -> None:
    assert sealed(salt_of=lambda _: SALT) != sealed()


def test_a_record_is_taken_apart_and_put_together_again_and_stays_as_it_was() -> None:
    before = json.dumps(RECORD)
    assert is_same(joined(*parted(RECORD, PERSONAL)), RECORD)
    assert json.dumps(RECORD) == before


@pytest.mark.law
@given(st.dictionaries(ODD, st.dictionaries(ODD, INTEGERS, min_size=1, max_size=3), max_size=4), st.data())
def test_any_members_of_any_record_can_be_taken_out_of_it(record: dict[str, Any], data: st.DataObject) -> None:
    members = [pointer_to(one, other) for one, inner in record.items() for other in inner]
    pointers = data.draw(st.lists(st.sampled_from(members), unique=True)) if members else []
    plain, personal = parted(record, pointers)
    assert sorted(personal) == sorted(pointers)
    assert is_same(joined(plain, personal), record)
    for pointer in pointers:
        one, other = names_of(pointer)
        assert other not in plain.get(one, {})  # type: ignore[operator]


def test_an_entry_is_read_as_it_was_sealed() -> None:
    read = read_entry(sealed())
    assert isinstance(read, Entry)
    assert (read.kind, read.id, read.at) == ("decision", "0198", AT)
    assert read.salted.keys() == {"/account_id", "/facts/account/name", "/evidence/text"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"format":1', '"format":2'),
        ('"format":1', '"format":1.0'),
        ('"format":1', '"format": 1'),
        ('"format":1', '"format":1,"format":1'),
        ('"kind":"decision"', '"kind":1'),
        ('"kind":"decision",', ""),
        ('"plain":{', '"other":1,"plain":{'),
        ('"/account_id":"', '"/account_id":"0'),
        ('"/account_id":"', '"account_id":"'),
        ('"/account_id":"', '"/account~2id":"'),
        ('"team":"MMKAFO"', '"team":"\\u004dMKAFO"'),
        ('"team":"MMKAFO"', '"team":NaN'),
        ("}", ""),
    ],
)
def test_bytes_in_another_spelling_or_of_another_shape_are_no_entry(before: str, after: str) -> None:
    changed = sealed().replace(before.encode(), after.encode())
    assert changed != sealed()
    assert read_entry(changed) is None
    for nothing in (b"", b"[]", b"null", b"\xff"):
        assert read_entry(nothing) is None


def test_an_entry_that_is_too_long_is_refused_and_its_larger_part_sealed_by_digest() -> None:
    long: dict[str, Json] = {**RECORD, "explanation": "why " * 15_000}
    with pytest.raises(LongEntryError, match="60000 bytes"):
        sealed(long)
    assert len(seal("decision", "0198", AT, *parted(long, [*PERSONAL, "/explanation"]), salt_of)) < 1_000
