"""What came of verifying, told to a person or as JSON."""

from collections.abc import Sequence
from typing import Any, TypeAlias, assert_never

import typer

from service.crm.payloads import printable
from service.domain.ledger.checkpoint import Checkpoint, entry_words
from service.domain.ledger.findings import Bad
from service.domain.ledger.notes import NoteKey
from service.domain.ledger.rebuilding import GoodExport
from service.domain.ledger.receipts import GoodReceipt
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.ledger_words import log_words, receipt_words, uncosigned, witness_words
from service.usecases.verify_log import GoodLog

Verdict: TypeAlias = GoodReceipt | GoodExport | GoodLog | Bad
_NOT_BELIEVED = (
    "No key was given, so this proves nothing yet: the key in a receipt is whatever its maker put there. Ask for the "
    "ledger's public key where you trust the answer, and give it with --key."
)


def tell(verdict: Verdict, kept: Sequence[Checkpoint], keys: Sequence[NoteKey], *, as_json: bool) -> None:
    """Print what came of it, and who of the witnesses among the keys cosigned its checkpoint, or one that was kept.

    Without a key, it was checked with the one that it brought along, and proves nothing.
    """
    if isinstance(verdict, Bad):
        typer.echo(to_json(_body(verdict) | {"ok": False}) if as_json else printable(f"{verdict}."))
        return
    checkpoints = [verdict.checkpoint, *kept]
    if as_json:
        typer.echo(to_json(_body(verdict) | {"ok": bool(keys)} | _witnessed(checkpoints, keys)))
        return
    for line in [*_lines(verdict), *witness_words(checkpoints, keys)]:
        typer.echo(printable(line))
    if not keys:
        typer.echo(_NOT_BELIEVED)


def _lines(verdict: GoodReceipt | GoodExport | GoodLog) -> list[str]:
    match verdict:
        case GoodReceipt():
            return receipt_words(verdict)
        case GoodExport():
            entries = f"{entry_words(verdict.entries)}, from number {verdict.first} on"
            return [f"{entries}, are in {log_words(verdict.checkpoint)}.", *_hidden(verdict.redacted)]
        case GoodLog():
            whole = f"All of {log_words(verdict.checkpoint)} is as it was sealed."
            return [whole, *_hidden(verdict.redacted)]
        case _:
            assert_never(verdict)


def _witnessed(checkpoints: Sequence[Checkpoint], keys: Sequence[NoteKey]) -> dict[str, Any]:
    """Of each cosignature the witness, the size and the instant; and the witnesses that are known and did not sign."""
    return {
        "cosigned": [
            {"witness": said.by.name, "size": each.size, "at": said.at}
            for each in checkpoints
            for said in each.cosigned
        ],
        "not_cosigned": [key.name for key in uncosigned(checkpoints, keys)],
    }


def _hidden(redacted: int) -> list[str]:
    return [f"Of {entry_words(redacted)}, parts are redacted or not shown."] if redacted else []


def _body(verdict: Verdict) -> dict[str, Any]:
    if isinstance(verdict, Bad):
        about = {"fault": verdict.fault, "number": verdict.number, "last": verdict.last, "pointer": verdict.pointer}
        return about | {"says": f"{verdict}."}
    checkpoint = verdict.checkpoint
    about = {"origin": checkpoint.origin, "size": checkpoint.size}
    match verdict:
        case GoodReceipt():
            return about | {
                "number": verdict.line.number,
                "redacted": verdict.line.redacted,
                "unsealed": verdict.unsealed,
            }
        case GoodExport():
            return about | {"first": verdict.first, "entries": verdict.entries, "redacted": verdict.redacted}
        case GoodLog():
            return about | {"redacted": verdict.redacted}
        case _:
            assert_never(verdict)
