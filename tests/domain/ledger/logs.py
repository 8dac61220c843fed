"""Logs of the tests: who signs, and what with."""

from service.domain.ledger.notes import KeyKind, NoteKey, NoteSigner

ORIGIN = "ledger.example/sales"
SIGNER = NoteSigner(name=ORIGIN, seed=bytes(range(32)))
KEY = SIGNER.key
THIEF = NoteSigner(name=ORIGIN, seed=bytes(range(1, 33)))
WITNESS_SEED = bytes(range(2, 34))


def witness_key() -> NoteKey:
    signer = NoteSigner(name="witness.example", seed=WITNESS_SEED)
    return NoteKey(name=signer.name, public=signer.key.public, kind=KeyKind.WITNESS)
