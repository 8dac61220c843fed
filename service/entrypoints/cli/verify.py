"""``chalkline verify``: whether a receipt, an export or a served ledger is what was sealed. No database is needed."""

import asyncio
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from service.delivery.addresses import Allowance
from service.delivery.log_reader import LogReader, UnreadableLogError
from service.delivery.sender import Bounds, Sender
from service.domain.ledger.checkpoint import Checkpoint, open_checkpoint
from service.domain.ledger.findings import Bad
from service.domain.ledger.notes import NoteKey, UnusableNoteKeyError, read_note_key
from service.domain.ledger.rebuilding import Progress, open_kept, verify_export
from service.domain.ledger.receipts import key_in, read_object, verify_receipt
from service.entrypoints.cli.context import AsJson, CliContext
from service.entrypoints.cli.verdicts import Verdict, tell
from service.entrypoints.cli.watching import counted, progress
from service.usecases.verify_log import GoodLog, verify_log

_BAD, _UNUSABLE = 1, 2
_MOST_BYTES = 1 << 23
"""Neither a receipt nor a line of an export has more: an entry has at most 60 kB."""
_ANYWHERE = Allowance.of(("0.0.0.0/0", "::/0"), http=True)
"""Whoever names a ledger on a command line may mean this very machine."""
_BOUNDS = Bounds(read_seconds=60, total_seconds=120, body_bytes=1 << 26)
_EVERY = 256


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the command to the command line."""

    @cli.command()
    def verify(
        what: Annotated[
            str,
            typer.Argument(
                metavar="RECEIPT|EXPORT|URL",
                help="A receipt (JSON), an export of entries (NDJSON), or the address of a service or of its ledger; "
                "- is standard input.",
            ),
        ],
        key: Annotated[
            list[str] | None,
            typer.Option(
                envvar="CHALKLINE_LEDGER_PUBLIC_KEY",
                metavar="NAME+ID+KEY",
                help="The ledger's public key, from somebody you trust; may be given several times. Beside it those of "
                "witnesses: who of them cosigned is told.",
            ),
        ] = None,
        since: Annotated[
            list[Path] | None,
            typer.Option(
                metavar="FILE",
                help="A checkpoint or receipt that you kept: was the ledger rewritten? May be several.",
            ),
        ] = None,
        keep: Annotated[
            Path | None, typer.Option(metavar="FILE", help="Write the checkpoint of a URL there, if all is well.")
        ] = None,
        checkpoint: Annotated[
            Path | None, typer.Option(metavar="FILE", help="The checkpoint of an export, instead of its last line.")
        ] = None,
        *,
        records: Annotated[
            bool, typer.Option(help="Of a URL, compare also what the service answers with what was sealed.")
        ] = True,
        as_json: AsJson = False,
    ) -> None:
        """Check a receipt, an export or a served ledger against the ledger's public key, and name the first bad entry.

        Ends with 0 when all is well, with 1 when something is wrong, and with 2 when that cannot be told: nobody
        answers, a file cannot be read, or no key was given. An API key for a URL is read from CHALKLINE_KEY.
        """
        keys = _keys(key or ())
        kept_notes = [_note(file) for file in since or ()]
        own_note = None if checkpoint is None else checkpoint.read_bytes()
        if what.startswith(("http://", "https://")):
            verdict = _of_url(context, what, _given(keys), kept_notes, records=records)
        else:
            with _opened(what) as stream:
                verdict = _of_stream(stream, keys, kept_notes, own_note)
        if keep is not None and isinstance(verdict, GoodLog):
            _replace(keep, verdict.note)
        tell(verdict, _opened_again(kept_notes, keys), keys, as_json=as_json)
        if isinstance(verdict, Bad):
            raise typer.Exit(_BAD)
        if not keys:
            raise typer.Exit(_UNUSABLE)


def _of_url(context: CliContext, url: str, keys: list[NoteKey], notes: list[bytes], *, records: bool) -> Verdict:
    kept = open_kept(notes, keys)
    if isinstance(kept, Bad):
        return kept

    async def read_all() -> Verdict:
        verdict: Verdict | None = None
        async with Sender(now=context.now, allowance=_ANYWHERE, bounds=_BOUNDS) as sender:
            log = LogReader(sender, url, os.environ.get("CHALKLINE_KEY", ""))
            with counted("entries") as count:
                size = 0
                async for each in verify_log(log, keys, kept, records=records):
                    match each:
                        case Checkpoint():
                            size = each.size
                        case Progress():
                            if each.number % _EVERY == 0:
                                count(each.number, size)
                        case _:
                            verdict = each
        assert verdict is not None  # noqa: S101 - it is the last that comes
        return verdict

    try:
        return asyncio.run(read_all())
    except UnreadableLogError as error:
        typer.echo(f"{error}.", err=True)
        raise typer.Exit(_UNUSABLE) from error


def _of_stream(stream: BinaryIO, keys: list[NoteKey], notes: list[bytes], own_note: bytes | None) -> Verdict:
    first = stream.readline(_MOST_BYTES)
    read = read_object(first)
    if isinstance(read, Bad) or "proof" in read:
        if notes or own_note is not None:
            raise typer.BadParameter("A receipt has its own checkpoint: --since and --checkpoint are for others.")
        receipt = first + stream.read(_MOST_BYTES)
        return verify_receipt(receipt, keys or _keys(filter(None, [key_in(receipt)])))
    keys = _given(keys)
    kept, own = open_kept(notes, keys), open_kept([] if own_note is None else [own_note], keys)
    if isinstance(kept, Bad):
        return kept
    if isinstance(own, Bad):
        return own
    size = os.fstat(stream.fileno()).st_size if stream.seekable() else None
    verdict: Verdict | None = None
    with progress(stream, size) as moved:
        lines = chain([first], iter(lambda: stream.readline(_MOST_BYTES), b""))
        for each in verify_export(lines, keys, kept, *own):
            if not isinstance(each, Progress):
                verdict = each
            elif each.number % _EVERY == 0:
                moved()
    assert verdict is not None  # noqa: S101 - it is the last that comes
    return verdict


def _opened_again(notes: Iterable[bytes], keys: list[NoteKey]) -> list[Checkpoint]:
    """Checkpoints that were kept, as far as they hold, for what witnesses said of them."""
    opened = [open_checkpoint(note, keys) for note in notes]
    return [each for each in opened if isinstance(each, Checkpoint)]


def _note(file: Path) -> bytes:
    """A checkpoint that was kept, by itself or in a receipt."""
    kept = file.read_bytes()
    receipt = read_object(kept)
    return kept if isinstance(receipt, Bad) else str(receipt.get("checkpoint")).encode()


def _keys(lines: Iterable[str]) -> list[NoteKey]:
    try:
        return [read_note_key(line) for line in lines]
    except UnusableNoteKeyError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--key") from error


def _given(keys: list[NoteKey]) -> list[NoteKey]:
    if not keys:
        raise typer.BadParameter(
            "Give the ledger's public key, as its owner or somebody else whom you trust told it to you.",
            param_hint="--key",
        )
    return keys


@contextmanager
def _opened(what: str) -> Iterator[BinaryIO]:
    if what == "-":
        yield sys.stdin.buffer
        return
    with Path(what).open("rb") as stream:
        yield stream


def _replace(file: Path, note: bytes) -> None:
    """Write a checkpoint so that there is always a whole one."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_bytes(note)
    beside.replace(file)
