"""Tell what is in the ledger with what stands beside it in the database, as it is verified elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.domain.ledger.checkpoint import Checkpoint
from service.domain.ledger.entries import joined
from service.domain.ledger.notes import NoteKey, read_note_key, to_base64
from service.domain.ledger.receipts import Opening, write_line, write_receipt
from service.domain.redaction import is_redacted
from service.store.database import Readable
from service.store.ledger.contents import ONE_TEXT
from service.store.ledger.reading import ProvedEntry, ToldEntry, entries_from, find_checkpoint, hashes_before, root_of
from service.store.ledger.sealing import GONE
from service.usecases.prepare_entries import as_one_text

_CHUNK = 250
_OF_CONDUCT = "conduct_matter"


def lines_from(database: Readable, since: int, limit: int, *, conduct: bool) -> list[dict[str, Any]]:
    """At most ``limit`` entries from a number on, as ``domain.ledger.receipts`` has lines.

    ``conduct``: matters of conduct are opened too.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return [_line(each, conduct=conduct) for each in entries_from(database.engine, since, limit)]


def export_from(database: Readable, since: int, *, conduct: bool) -> Iterator[list[dict[str, Any]]]:
    """Every entry from a number on, a few at a time, up to the newest checkpoint, and that at the end.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    checkpoint = find_checkpoint(database.engine)
    first = min(since, checkpoint.size)
    number = first
    while number < checkpoint.size:
        yield lines_from(database, number, min(_CHUNK, checkpoint.size - number), conduct=conduct)
        number += _CHUNK
    if checkpoint.size:
        before = [to_base64(each) for each in hashes_before(database.engine, first)]
        yield [{"checkpoint": checkpoint.note} | ({"before": before} if before else {})]


def receipt(proved: ProvedEntry, decision: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of a decision, as it is answered."""
    opened, _ = _opened(proved.told)
    return write_receipt(
        decision=decision,
        number=proved.told.sealed.number,
        sealed=proved.told.sealed.entry,
        opened=opened,
        proof=proved.hashes,
        checkpoint=proved.checkpoint.note,
        key=read_note_key(proved.checkpoint.key.split(" ")[0]),
    )


def own_keys(database: Readable) -> list[NoteKey]:
    """What the newest checkpoint is checked with, as the service itself says; none before the first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return [read_note_key(line) for line in find_checkpoint(database.engine).key.split()]


def begins_with(database: Readable, checkpoint: Checkpoint) -> bool:
    """Whether the first entries of the ledger, as it is now, are those that a checkpoint was signed over.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    engine, size = database.engine, checkpoint.size
    return size <= find_checkpoint(engine).size and root_of(engine, size) == checkpoint.root


def _line(told: ToldEntry, *, conduct: bool) -> dict[str, Any]:
    opened, record = _opened(told)
    if told.sealed.kind == _OF_CONDUCT and not conduct and record is not None:
        opened, record = {}, {}
    return write_line(told.sealed.number, told.sealed.entry, opened, record)


def _opened(told: ToldEntry) -> tuple[dict[str, Opening], dict[str, Any] | None]:
    """What opens the digests of an entry, and the record in the entry's terms; None where that is gone."""
    content = told.content
    if content is None:
        return {}, dict(GONE) if b'"plain":{"gone":true}' in told.sealed.entry else None
    if ONE_TEXT in told.salts:
        content = as_one_text(content)
    values = {
        pointer: value
        for pointer, value in content.personal.items()
        if pointer in told.salts or not is_redacted(value)  # what has no salt and was not redacted is for all to see
    }
    opened = {
        pointer: Opening(salt=bytes.fromhex(salt), value=values.get(pointer)) for pointer, salt in told.salts.items()
    }
    return opened, joined(content.plain, values)
