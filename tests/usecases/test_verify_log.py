"""A served log is read whole, and whatever was tampered with in its database is found and named."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from service.delivery.log_reader import NotServedError, UnreadableLogError
from service.domain.ledger.checkpoint import Checkpoint
from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.rebuilding import Progress
from service.domain.ledger.tiles import Tile
from service.usecases.verify_log import GoodLog, verify_log
from tests.domain.ledger import auditor
from tests.domain.ledger.logs import KEY, THIEF, Kept, Log, kept_of, redaction_of

SIZE = 700
GOOD = Log.of(SIZE)
CHECKPOINT = GOOD.checkpoint(SIZE)


class Served:
    """A log in memory, read as one over HTTP is; ``missing`` are paths that it has dropped."""

    def __init__(self, log: Log, missing: Sequence[str] = ()) -> None:
        self.log, self.missing = log, missing

    async def read(self, path: str) -> bytes:
        found = None if path in self.missing else self.log.get(path)
        if found is None:
            raise NotServedError(path)
        return found


def events(
    log: Log, kept: Sequence[Checkpoint] = (), *, records: bool = True, missing: Sequence[str] = ()
) -> list[Checkpoint | Progress | GoodLog | Bad]:
    async def all_of() -> list[Checkpoint | Progress | GoodLog | Bad]:
        return [each async for each in verify_log(Served(log, missing), [KEY], kept, records=records)]

    return asyncio.run(all_of())


def bad(log: Log, kept: Sequence[Checkpoint] = (), *, records: bool = True) -> tuple[Fault, int | None, int | None]:
    last = events(log, kept, records=records)[-1]
    assert isinstance(last, Bad)
    return last.fault, last.number, last.last


def changed(number: int) -> Kept:
    """An entry whose row was changed, with an entry that agrees with it."""
    return kept_of(number, GOOD.acts[number].record | {"team": "LARGE"})


def tampered(tamper: Callable[[Log], object]) -> Log:
    log = Log.of(SIZE)
    tamper(log)
    return log


def test_a_log_holds_and_every_entry_is_told_as_it_passes() -> None:
    kept = [GOOD.checkpoint(size) for size in (1, 256, 300, SIZE)]
    first, *passed, last = events(GOOD, kept)
    assert first == CHECKPOINT
    assert passed == [Progress(number=number, redacted=False) for number in range(SIZE)]
    assert last == GoodLog(checkpoint=CHECKPOINT, note=GOOD.note.encode(), redacted=0)


def test_an_empty_log_holds() -> None:
    assert isinstance(events(Log.of(0))[-1], GoodLog)


def test_an_auditor_with_a_program_of_his_own_comes_to_the_same_root() -> None:
    def read(path: str) -> bytes:
        found = GOOD.get(path)
        assert found is not None
        return found

    origin, size, root = auditor.signed_tree(read("checkpoint"), str(KEY))
    assert (origin, size) == (CHECKPOINT.origin, SIZE)
    assert auditor.root_of(auditor.entries(read, size)) == root


def edit_a_field(log: Log) -> None:
    log.acts[400].record["team"] = "LARGE"


def edit_a_personal_field(log: Log) -> None:
    log.acts[400].record["actor"] = "somebody"


def edit_an_entry(log: Log) -> None:
    log.acts[400] = changed(400)


def edit_an_entry_and_its_hash(log: Log) -> None:
    edit_an_entry(log)
    log.hash_again([0])


def edit_an_entry_and_every_hash(log: Log) -> None:
    edit_an_entry(log)
    log.hash_again()


def delete_and_hash_again(log: Log) -> None:
    del log.acts[400]
    log.acts.append(kept_of(SIZE))
    log.hash_again()


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (edit_a_field, (Fault.RECORD_DIFFERS, 400, None)),
        (edit_a_personal_field, (Fault.VALUE_DIFFERS, 400, None)),
        (edit_an_entry, (Fault.LEAF_DIFFERS, 400, None)),
        (edit_an_entry_and_its_hash, (Fault.TILE_DIFFERS, 256, 511)),
        (edit_an_entry_and_every_hash, (Fault.ROOT_DIFFERS, 0, SIZE - 1)),
        (lambda log: log.acts.insert(400, changed(400)), (Fault.LEAF_DIFFERS, 400, None)),
        (lambda log: log.acts.insert(400, log.acts.pop(401)), (Fault.LEAF_DIFFERS, 400, None)),
        (delete_and_hash_again, (Fault.ROOT_DIFFERS, 0, SIZE - 1)),
    ],
)
def test_whatever_is_changed_in_the_database_is_named(
    tamper: Callable[[Log], object], found: tuple[Fault, int | None, int | None]
) -> None:
    assert bad(tampered(tamper)) == found


@pytest.mark.parametrize("tamper", [edit_an_entry_and_every_hash, delete_and_hash_again])
def test_kept_checkpoints_narrow_down_where_it_was(tamper: Callable[[Log], object]) -> None:
    kept = [GOOD.checkpoint(size) for size in (100, 390, 410)]
    assert bad(tampered(tamper), kept) == (Fault.REWRITTEN, 390, 409)
    assert bad(tampered(tamper), kept[:2]) == (Fault.ROOT_DIFFERS, 390, SIZE - 1)


@pytest.mark.parametrize("records", [False, True], ids=["the tree", "and records"])
def test_entries_that_are_deleted_leave_their_hashes_behind_and_are_missed(*, records: bool) -> None:
    assert bad(tampered(lambda log: log.acts.pop()), records=records) == (Fault.CUT_OFF, SIZE - 1, None)
    assert bad(tampered(lambda log: log.acts.pop(400)), records=records) == (Fault.LEAF_DIFFERS, 400, None)


def test_a_record_that_is_deleted_is_missed() -> None:
    class Without(Log):
        def line(self, number: int) -> dict[str, object]:
            told = super().line(number)
            return told | ({"record": None, "opened": {}} if number == 400 else {})

    assert bad(Without(GOOD.acts, GOOD.hashes, GOOD.note, SIZE)) == (Fault.RECORD_MISSING, 400, None)


def test_what_is_signed_and_not_served_is_said_to_be_missing() -> None:
    last = events(GOOD, missing=["tile/entries/001"])[-1]
    assert isinstance(last, Bad)
    assert (last.fault, last.detail) == (Fault.TILE_MALFORMED, "tile/entries/001")


def test_a_tail_that_is_cut_before_it_is_signed_anew_shows_by_a_kept_checkpoint() -> None:
    log = Log.of(SIZE - 1)
    assert isinstance(events(log)[-1], GoodLog)
    assert bad(log, [CHECKPOINT]) == (Fault.SHORTER, SIZE - 1, SIZE - 1)


def test_an_old_backup_that_went_on_shows_by_a_kept_checkpoint() -> None:
    log = Log.of(500)
    log.grow([kept_of(number, {"id": f"later-{number}"}) for number in range(500, 800)])
    assert isinstance(events(log)[-1], GoodLog)
    assert bad(log, [CHECKPOINT]) == (Fault.REWRITTEN, 0, SIZE - 1)


def test_a_log_that_was_sealed_anew_with_another_key_is_not_that_log() -> None:
    log = tampered(edit_an_entry)
    log.seal_again(THIEF)
    assert bad(log) == (Fault.UNKNOWN_KEY, None, None)


def test_a_log_that_was_sealed_anew_with_its_key_shows_by_a_kept_checkpoint_alone() -> None:
    log = tampered(edit_an_entry)
    log.seal_again()
    assert isinstance(events(log)[-1], GoodLog)
    assert bad(log, [CHECKPOINT]) == (Fault.REWRITTEN, 0, SIZE - 1)


def test_a_checkpoint_of_another_log_says_so() -> None:
    other = Checkpoint(origin="another.example", size=1, root=bytes(32))
    assert bad(GOOD, [other])[0] is Fault.OTHER_LOG


def test_a_bundle_or_a_tile_that_is_cut_is_named() -> None:
    log = Log.of(SIZE)
    log.hashes[Tile(1, 0, 2)] = log.hashes[Tile(1, 0, 2)][:-1]
    last = events(log)[-1]
    assert isinstance(last, Bad)
    assert last.fault is Fault.TILE_MALFORMED
    assert "tile/1/000.p/2" in str(last)


def test_another_entry_that_is_answered_than_is_in_the_tree_is_named() -> None:
    class Beside(Log):
        def line(self, number: int) -> dict[str, object]:
            return super().line(number) | ({"entry": self.acts[7].sealed.decode()} if number == 400 else {})

    assert bad(Beside(GOOD.acts, GOOD.hashes, GOOD.note, SIZE)) == (Fault.OTHER_ENTRY, 400, None)


def test_without_the_records_only_the_tree_is_read() -> None:
    log = tampered(edit_a_field)
    log.asked.clear()
    assert isinstance(events(log, records=False)[-1], GoodLog)
    assert not [path for path in log.asked if path.startswith("entries")]


def test_a_log_that_tells_no_records_says_that_it_does_not() -> None:
    with pytest.raises(UnreadableLogError, match="only the tree"):
        events(GOOD, missing=["entries?since=0&limit=256"])


def test_a_tile_that_was_dropped_once_it_was_full_is_read_as_the_full_one() -> None:
    log = Log.of(300)
    note = log.note
    log.grow([kept_of(number) for number in range(300, 600)])
    log.note = note
    dropped = ["tile/0/001.p/44", "tile/entries/001.p/44"]
    assert isinstance(events(log, missing=dropped)[-1], GoodLog)
    assert {"tile/0/001", "tile/entries/001"} <= set(log.asked)


def test_redacted_entries_are_counted() -> None:
    log = Log.of(300)
    del log.acts[4].salts["/facts/name"]
    assert bad(log) == (Fault.NOT_REDACTED, 4, None)
    log.grow([redaction_of("acc-4")])
    last = events(log)[-1]
    assert isinstance(last, GoodLog)
    assert last.redacted == 1


def test_each_tile_above_is_asked_for_once() -> None:
    GOOD.asked.clear()
    events(GOOD)
    assert GOOD.asked.count("tile/1/000.p/2") == 1
