"""Make the entries of the ledger of what is recorded, to be sealed later: nothing of it needs the key.

So several processes can do it at once, each for a part of the queue.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import orjson
from pydantic_core import to_json

from service.domain.ledger.canonical import NotCanonicalError
from service.domain.ledger.entries import SALT_BYTES, LongEntryError, seal
from service.store.database import Readable
from service.store.ledger.contents import ONE_TEXT, Content
from service.store.ledger.queue import Part
from service.store.ledger.sealing import Made, Prepared, prepare


def prepare_entries(
    database: Readable, part: Part, random: Callable[[int], bytes] = secrets.token_bytes
) -> Prepared | None:
    """The entries of a part of the queue; None where nothing of it waits any more. ``random`` gives bytes of salts.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return prepare(database.engine, part, partial(_made, random))


def as_one_text(content: Content) -> Content:
    """What the ledger cannot write as it is, or what is too long for it: one salted text."""
    text = to_json({"plain": content.plain, "personal": content.personal}).decode()
    return replace(content, plain={}, personal={ONE_TEXT: text})


def _made(random: Callable[[int], bytes], kind: str, content: Content) -> Made:
    try:
        return _salted(random, kind, content)
    except (NotCanonicalError, LongEntryError):
        return _salted(random, kind, as_one_text(content))


def _salted(random: Callable[[int], bytes], kind: str, content: Content) -> Made:
    drawn = random(SALT_BYTES * len(content.personal))
    salts = {
        pointer: drawn[place * SALT_BYTES : (place + 1) * SALT_BYTES] for place, pointer in enumerate(content.personal)
    }
    entry = seal(kind, content.id, content.at, content.plain, content.personal, salts.__getitem__)
    kept = orjson.dumps({pointer: salt.hex() for pointer, salt in salts.items()}).decode() if salts else ""
    return Made(kind, content.id, entry, kept)
