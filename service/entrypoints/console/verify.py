"""Verify a receipt that somebody drops or pastes: what holds of it, and what does not, in sentences."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.keys import Scope
from service.domain.ledger.checkpoint import entry_words
from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.notes import NoteKey, UnusableNoteKeyError, read_note_key
from service.domain.ledger.receipts import GoodReceipt, verify_receipt
from service.entrypoints.common.context import context_of
from service.entrypoints.common.ledger_words import receipt_words
from service.entrypoints.console.audit import PATH as AUDIT
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.uploads import Uploads
from service.entrypoints.console.visitors import Needs, Visitor
from service.store.database import Readable
from service.usecases.tell_ledger import begins_with, own_keys

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = f"{AUDIT}/verify"
_LONGEST = 2_000
"""Characters of a sentence: a receipt that was forged may name parts without end."""


class _FaultyFieldError(ValueError):
    """A field of the form cannot be used: its name, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it: ``lasts`` says of a receipt that holds whether the ledger of now is still the one that it is of.

    It is None where that cannot be compared: the receipt is of another ledger.
    """

    says: tuple[str, ...]
    holds: bool
    is_own_key: bool
    lasts: bool | None = None
    entries: str = ""


@router.get(PATH)
def get_form(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.AUDIT))]) -> Response:
    """Where a receipt is dropped or pasted."""
    return _page(request)


@router.post(PATH)
async def verify(request: Request, visitor: Annotated[Visitor, Depends(Uploads(Scope.AUDIT))]) -> Response:
    """What holds of a receipt. Nothing is recorded."""
    pasted, key = visitor.form.get("receipt", ""), visitor.form.get("key", "").strip()
    receipt = visitor.file or pasted.strip().encode()
    try:
        told = await run_in_threadpool(_verify, context_of(request).database, receipt, key)
    except _FaultyFieldError as error:
        return _page(request, pasted, key, fault=(error.field, str(error)))
    return _page(request, key=key, told=told)


def _page(
    request: Request, pasted: str = "", key: str = "", *, told: Told | None = None, fault: tuple[str, str] | None = None
) -> Response:
    view = {
        "path": PATH,
        "audit": AUDIT,
        "pasted": pasted,
        "key": key,
        "told": told,
        "faults": dict([fault] if fault else []),
    }
    return page(request, "verify.html", "Verify a receipt", view, 200 if fault is None else 422)


def _verify(database: Readable, receipt: bytes, key: str) -> Told:
    if not receipt:
        raise _FaultyFieldError("receipt", "Choose the file of a receipt, or paste it")
    own = own_keys(database)
    keys = [_given(key)] if key else own
    if not keys:
        raise _FaultyFieldError("key", "Nothing is sealed here yet, so there is no key of its own: give one")
    found = verify_receipt(receipt, keys)
    is_own = not key or keys[0] in own
    if isinstance(found, Bad):
        says = [f"{found}."]
        if found.fault is Fault.UNKNOWN_KEY and not key:
            says.append("It is another ledger's, or older than the key that this one has now: then give that key.")
        return Told(says=_short(says), holds=False, is_own_key=is_own)
    return Told(
        says=_short(receipt_words(found)),
        holds=True,
        is_own_key=is_own,
        lasts=_lasts(database, found, own),
        entries=entry_words(found.checkpoint.size),
    )


def _given(key: str) -> NoteKey:
    try:
        return read_note_key(key)
    except UnusableNoteKeyError as error:
        raise _FaultyFieldError("key", str(error)) from error


def _lasts(database: Readable, good: GoodReceipt, own: list[NoteKey]) -> bool | None:
    is_ours = any(key.signs_for(good.checkpoint.origin) for key in own)
    return begins_with(database, good.checkpoint) if is_ours else None


def _short(sentences: list[str]) -> tuple[str, ...]:
    return tuple(each if len(each) <= _LONGEST else f"{each[:_LONGEST]} ..." for each in sentences)
