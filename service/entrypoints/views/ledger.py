"""The ledger as it is answered: proofs, entries and acts."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NotRequired, cast
from uuid import UUID

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from service.domain.acts import ActKind
from service.domain.decision import RecordedDecision
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import DecisionBody, render_decision
from service.store.acts import RecordedAct
from service.store.ledger.reading import ProvedEntry
from service.usecases.tell_ledger import receipt

_Hashes = Annotated[Sequence[str], Field(description="Hashes in base64, as RFC 6962 orders them.")]
_Entry = Annotated[str, Field(description="What was sealed: JSON, byte for byte as its leaf hash is of it.")]


class ProofBody(TypedDict):
    """That a decision is in the ledger: with these hashes its entry leads to the root of the checkpoint."""

    decision_id: Annotated[UUID, Field(description="The decision.")]
    sequence: Annotated[int, Field(description="The number of its entry, from 0 on.")]
    entry: _Entry
    size: Annotated[int, Field(description="How many entries the tree has.")]
    hashes: _Hashes
    checkpoint: Annotated[str, Field(description="The checkpoint: a signed note.")]


class ConsistencyBody(TypedDict):
    """That one tree is the beginning of another."""

    first: Annotated[int, Field(description="How many entries the earlier tree has.")]
    second: Annotated[int, Field(description="How many the later one has.")]
    hashes: _Hashes


class OpeningBody(TypedDict):
    """What a digest of an entry was made of."""

    salt: Annotated[str, Field(description="The salt, in hexadecimal.")]
    value: Annotated[Any, Field(description="The value.")]


_Opened = Annotated[
    dict[str, OpeningBody], Field(description="What opens its digests, each by the JSON Pointer of its field.")
]


class LedgerEntryBody(TypedDict):
    """An entry of the ledger, and what stands beside it."""

    number: Annotated[int, Field(description="Its number, from 0 on.")]
    entry: _Entry
    opened: _Opened
    record: NotRequired[Annotated[dict[str, Any], Field(description="What is on record now; absent where it is gone.")]]


class ReceiptBody(TypedDict):
    """All that it takes to check a decision without this service: `chalkline verify` does."""

    decision: Annotated[DecisionBody, Field(description="The decision.")]
    number: Annotated[int, Field(description="The number of its entry, from 0 on.")]
    entry: _Entry
    opened: _Opened
    proof: _Hashes
    checkpoint: Annotated[str, Field(description="The checkpoint: a signed note.")]
    key: Annotated[str, Field(description="The key that signed it. It proves nothing: get it elsewhere.")]


class LedgerEntryPage(TypedDict):
    """A page of entries; the `Link` header leads to the next."""

    items: Annotated[Sequence[LedgerEntryBody], Field(description="The entries, in the order of their numbers.")]


class ActBody(TypedDict):
    """An act of administration."""

    id: Annotated[UUID, Field(description="Its identifier.")]
    sequence: Annotated[int | None, Field(description="The number of its entry in the ledger; null until sealed.")]
    kind: Annotated[ActKind, Field(description="What kind of act it is.")]
    actor: Annotated[str, Field(description="Who did it.")]
    at: Annotated[datetime, Field(description="When.")]
    request_id: Annotated[str, Field(description="The request that asked for it.")]
    body: Annotated[dict[str, Any], Field(description="What it was done with, by its kind.")]


class ActPage(TypedDict):
    """A page of acts; the `Link` header leads to the next."""

    items: Annotated[Sequence[ActBody], Field(description="The acts, newest first.")]


def render_proof(decision_id: UUID, proved: ProvedEntry) -> ProofBody:
    """The proof of a decision."""
    return {
        "decision_id": decision_id,
        "sequence": proved.told.sealed.number,
        "entry": proved.told.sealed.entry.decode(),
        "size": proved.checkpoint.size,
        "hashes": _base64(proved.hashes),
        "checkpoint": proved.checkpoint.note,
    }


def render_receipt(recorded: RecordedDecision, proved: ProvedEntry) -> dict[str, Any]:
    """The receipt of a decision, with it as it is answered."""
    return receipt(proved, orjson.loads(to_json(render_decision(recorded))))


def render_consistency(first: int, second: int, hashes: Sequence[bytes]) -> ConsistencyBody:
    """The proof that one tree begins another."""
    return {"first": first, "second": second, "hashes": _base64(hashes)}


def render_act(act: RecordedAct) -> ActBody:
    """An act, whose body is JSON as it stands."""
    return {
        "id": act.id,
        "sequence": act.sequence,
        "kind": act.kind,
        "actor": act.actor,
        "at": act.at,
        "request_id": act.request_id,
        "body": cast("dict[str, Any]", orjson.Fragment(act.body)),
    }


def _base64(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in hashes]
