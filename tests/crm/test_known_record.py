"""What is known depends on the events alone, and never on the order or the number of their deliveries."""

from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.facts_patch import JsonValue, Patch
from service.crm.known_record import (
    KnownRecord,
    RecordChange,
    RecordKind,
    as_of_receipt,
    forget_spent,
    join,
    merge,
    merge_said,
)
from service.crm.known_record_json import known_from_json, known_to_json
from service.crm.statements import EventOrder, KnownValue

NOBODY = KnownRecord(record_id="1")


def order(instant_ms: int, sequence: int = 0, key: str = "") -> EventOrder:
    return EventOrder(instant_ms=instant_ms, sequence=sequence, key=key or f"{instant_ms}/{sequence}")


def change(
    at: EventOrder,
    stated: dict[str, JsonValue] | None = None,
    **flags: Any,  # noqa: ANN401 - marks
) -> RecordChange:
    return RecordChange(kind=RecordKind.ACCOUNT, record_id="1", order=at, patch=Patch(stated=stated or {}), **flags)


def known(*changes: RecordChange) -> KnownRecord:
    return reduce(merge, changes, NOBODY)


def values(record: KnownRecord) -> dict[str, JsonValue]:
    return {name: stated.value for name, stated in record.fields.items()}


ORDERS = st.builds(order, st.integers(0, 3), st.integers(0, 2), st.sampled_from("abc"))
STATED = st.dictionaries(
    st.sampled_from(["name", "customer", "lam_dev_count"]), st.none() | st.booleans() | st.integers(0, 2) | st.text()
)
CHANGES = st.builds(
    RecordChange,
    kind=st.just(RecordKind.ACCOUNT),
    record_id=st.sampled_from(["1", None]),
    order=ORDERS,
    patch=st.builds(Patch, stated=STATED),
    deletes=st.booleans(),
    is_there=st.booleans(),
    is_gap=st.booleans(),
    tells_all=st.booleans(),
    by_salesforce=st.booleans(),
)
STREAMS = st.lists(CHANGES, max_size=8)
VALUES = st.none() | st.sampled_from(["A", "B"])
TOLD = st.lists(st.tuples(st.integers(0, 5), VALUES), max_size=6, unique_by=lambda told: told[0])
SAID = st.lists(VALUES.filter(bool), max_size=3)
RECORDS = STREAMS.map(lambda changes: known(*changes))


@pytest.mark.law
@given(STREAMS, st.data())
def test_a_stream_ends_in_one_state_however_it_is_shuffled_and_repeated(
    changes: list[RecordChange], data: st.DataObject
) -> None:
    repeated = changes + data.draw(st.lists(st.sampled_from(changes), max_size=8) if changes else st.just([]))
    shuffled = data.draw(st.permutations(repeated))
    assert known(*shuffled) == known(*changes)
    assert known_to_json(known(*shuffled)) == known_to_json(known(*changes))


@pytest.mark.law
@given(RECORDS, RECORDS, RECORDS)
def test_putting_together_is_commutative_associative_and_idempotent(
    one: KnownRecord, two: KnownRecord, three: KnownRecord
) -> None:
    assert join(one, two) == join(two, one)
    assert join(join(one, two), three) == join(one, join(two, three))
    assert join(one, one) == join(one, NOBODY) == one


def said(value: JsonValue, at: int) -> KnownRecord:
    return merge_said(NOBODY, {"name": value}, at, f"{at}")


@pytest.mark.law
@given(TOLD, SAID, st.data())
def test_what_people_say_and_the_crm_tells_ends_in_one_state_however_late_the_crm_s_events_come(
    told: list[tuple[int, JsonValue]], people: list[JsonValue], data: st.DataObject
) -> None:
    # The CRM tells at even instants, of days to come as well, and people speak at odd ones, each as time goes on.
    events = [change(order(2 * at), {"name": value}) for at, value in told]
    spoken = [said(value, 2 * turn + 1) for turn, value in enumerate(people)]
    steps = data.draw(st.permutations([*events, *[None] * len(spoken)]))
    ends = []
    for way in (steps, [*sorted(events, key=lambda event: event.order), *[None] * len(spoken)]):
        record, now, waiting = NOBODY, 0, list(spoken)
        for step in way:
            if step is None:
                record, now = join(record, waiting.pop(0)), now + 2
            else:
                record = merge(record, step)
            record = forget_spent(record, now - 1)
        assert record.fields == reduce(join, spoken, known(*events)).fields
        assert len(record.told.get("name", ())) <= 3 + sum(2 * at > now - 1 for at, _ in told)
        ends.append(known_to_json(record))
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    ("told", "leads"),
    [
        ([(0, "A")], "Ours"),
        ([(0, "A"), (3, "B")], "Ours"),
        ([(0, "A"), (4, "A")], "Ours"),
        ([(0, "A"), (4, "B")], "B"),
        ([(0, "A"), (4, "B"), (6, "A")], "A"),
        ([(0, "A"), (2, "B"), (4, "B")], "Ours"),
        ([(0, "A"), (4, None)], None),
        ([(0, None), (4, None)], "Ours"),
        ([(4, "A")], "A"),
        ([(4, None)], None),
    ],
)
def test_a_person_s_statement_leads_until_the_crm_tells_another_value_than_before_it(
    told: list[tuple[int, JsonValue]], leads: JsonValue
) -> None:
    record = known(*(change(order(at), {"name": value}) for at, value in told))
    assert values(join(record, said("Ours", 3))) == {"name": leads}


def test_of_two_people_s_statements_the_newer_one_counts_and_each_of_another_field() -> None:
    record = join(join(NOBODY, said("First", 3)), said("Second", 5))
    assert values(merge_said(record, {"customer": True}, 4, "x")) == {"name": "Second", "customer": True}
    assert record == join(said("Second", 5), said("First", 3))


@given(RECORDS, SAID)
def test_what_is_known_comes_back_from_its_json(record: KnownRecord, people: list[JsonValue]) -> None:
    record = reduce(join, (said(value, at) for at, value in enumerate(people)), record)
    back = known_from_json(known_to_json(record))
    assert back == record
    assert {name: type(value) for name, value in values(back).items()} == {
        name: type(value) for name, value in values(record).items()
    }


@given(RECORDS, st.integers(10**12, 10**13))
def test_what_was_told_by_impossible_instants_counts_as_of_its_receipt_in_its_order(
    record: KnownRecord, received_ms: int
) -> None:
    thawed = as_of_receipt(record, received_ms)
    assert as_of_receipt(thawed, received_ms + 10**10) == thawed
    assert values(thawed) == values(record)
    assert (thawed.deleted is None, thawed.stale_since is None) == (record.deleted is None, record.stale_since is None)
    assert {stated.order.instant_ms for stated in thawed.fields.values()} <= {received_ms}


def test_a_late_older_event_never_overrides_a_newer_one_but_adds_what_that_left_out() -> None:
    newer = change(order(2), {"name": "New", "customer": None})
    older = change(order(1), {"name": "Old", "customer": True, "lam_dev_count": 5})
    assert values(known(newer, older)) == {"name": "New", "customer": None, "lam_dev_count": 5}


def test_within_an_instant_the_sequence_decides_and_then_the_key() -> None:
    events = [
        change(order(1, 2, "a"), {"name": "second"}),
        change(order(1, 10, "b"), {"name": "tenth, b"}),
        change(order(1, 10, "a"), {"name": "tenth, a"}),
    ]
    assert values(known(*events)) == {"name": "tenth, b"}


def test_a_deleted_record_stays_so_until_a_newer_event_says_that_it_is_there() -> None:
    deleted = known(change(order(1), {"name": "A"}), change(order(2), deletes=True))
    assert deleted.deleted == order(2)
    assert merge(deleted, change(order(3), {"name": "B"})).deleted == order(2)
    assert merge(deleted, change(order(1), is_there=True)).deleted == order(2)
    restored = merge(deleted, change(order(3), is_there=True))
    assert restored.deleted is None
    assert values(restored) == {"name": "A"}
    assert merge(restored, change(order(4), deletes=True)).deleted == order(4)


def test_a_gap_makes_a_record_stale_until_a_newer_event_tells_all() -> None:
    stale = known(change(order(1), {"name": "A"}, tells_all=True), change(order(2), is_gap=True))
    assert stale.stale_since == order(2)
    assert merge(stale, change(order(3), {"name": "B"})).stale_since == order(2)
    assert merge(stale, change(order(3), {"name": "B"}, tells_all=True)).stale_since is None


def test_a_change_of_every_record_is_one_of_this_record_too() -> None:
    everywhere = RecordChange(kind=RecordKind.ACCOUNT, record_id=None, order=order(1), is_gap=True)
    assert merge(NOBODY, everywhere) == KnownRecord(record_id="1", gaps=(order(1),))


def test_a_change_of_another_record_is_refused() -> None:
    other = RecordChange(kind=RecordKind.ACCOUNT, record_id="2", order=order(1))
    with pytest.raises(ValueError, match="two different records"):
        merge(NOBODY, other)


def test_two_statements_of_one_order_are_chosen_between_in_the_same_way() -> None:
    one, other = (change(order(1), {"name": name}) for name in ("A", "B"))
    assert known(one, other) == known(other, one)
    assert known(one).fields == {"name": KnownValue(value="A", order=order(1))}


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"record_id": 1}'])
def test_what_is_not_the_json_of_a_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        known_from_json(text)
