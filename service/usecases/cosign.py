"""Have witnesses cosign the newest checkpoint (C2SP tlog-witness). Sealing waits for none of it."""

import asyncio
from http import HTTPStatus

from service.delivery.outcomes import Failed, Sent
from service.delivery.sender import Sender
from service.delivery.witnesses import Witness
from service.domain.ledger.checkpoint import entry_words
from service.domain.ledger.notes import NoteFault
from service.domain.ledger.witnessing import cosignature_in, known_size, submission
from service.store.database import Readable
from service.store.ledger.cosignatures import cosigned_size, keep_cosignature
from service.store.ledger.reading import find_checkpoint, prove_consistency
from service.store.ledger.sealing import Checkpoint
from service.store.recording import Clock

_TRIES = 3
"""The first may begin from a size that the witness does not know, and meanwhile another worker may have asked it."""
_REFUSALS: dict[int, str] = {
    HTTPStatus.FORBIDDEN: "it does not know this ledger, or not the key that signs it",
    HTTPStatus.NOT_FOUND: "it does not know this ledger, or the URL is not where it takes checkpoints",
    HTTPStatus.UNPROCESSABLE_ENTITY: "what it has seen of this ledger is not how it begins: was it rewritten?",
}
_WHY_NOT = {
    NoteFault.MALFORMED: "what it answers is no cosignature",
    NoteFault.UNKNOWN_KEY: "what it answers is signed with another key than it is set up with",
    NoteFault.BAD_SIGNATURE: "what it answers is not its signature on the checkpoint that it was sent",
}


class UncosignedError(Exception):
    """A witness did not cosign. The message is a clause that begins with the witness's name."""


async def cosign(database: Readable, sender: Sender, witness: Witness, now: Clock) -> bool:
    """Have a witness cosign the newest checkpoint, and keep what it says; false where it has nothing new to say.

    Raises:
        UncosignedError: it does not answer, or with something else.
        StoreUnavailableError: the database cannot be reached.
    """
    engine, key = database.engine, str(witness.key)
    newest = await asyncio.to_thread(find_checkpoint, engine)
    last = await asyncio.to_thread(cosigned_size, engine, key)
    old = 0 if last is None else last[0]
    if newest.size == old:
        return False
    for _ in range(_TRIES):
        answer = await _asked(database, sender, witness, old, newest)
        if answer.status != HTTPStatus.CONFLICT:
            line = _line(answer, witness, newest)
            await asyncio.to_thread(keep_cosignature, engine, newest.size, key, line, now())
            return True
        known = known_size(answer.body)
        newest = await asyncio.to_thread(find_checkpoint, engine)
        if known is None:
            raise _uncosigned(witness, "it says that it knows another size of this ledger, and not which")
        if known > newest.size:
            raise _uncosigned(
                witness,
                f"it has seen this ledger with {entry_words(known)}, and here it has {newest.size}: was an older copy "
                "of the database put back?",
            )
        old = known
    raise _uncosigned(witness, "it says each time that it knows another size of this ledger")


async def _asked(database: Readable, sender: Sender, witness: Witness, old: int, newest: Checkpoint) -> Sent:
    proof = await asyncio.to_thread(prove_consistency, database.engine, old, newest.size) if old else []
    body = submission(old, proof or [], newest.note)
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    answer = await sender.send(f"{witness.url}/add-checkpoint", body, headers)
    if isinstance(answer, Failed):
        raise _uncosigned(witness, answer.reason)
    return answer


def _line(answer: Sent, witness: Witness, newest: Checkpoint) -> str:
    """The line of its cosignature, which was checked."""
    if answer.status != HTTPStatus.OK:
        why = _REFUSALS.get(answer.status)
        raise _uncosigned(witness, f"it answers with status {answer.status}{f': {why}' if why else ''}")
    line = cosignature_in(answer.body, newest.note, witness.key)
    if isinstance(line, NoteFault):
        raise _uncosigned(witness, _WHY_NOT[line])
    return line


def _uncosigned(witness: Witness, why: str) -> UncosignedError:
    return UncosignedError(f"{witness.name}: {why}")
