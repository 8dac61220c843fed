"""Record that the service started with other settings than it had, of those that matter to what is recorded."""

from collections.abc import Callable, Mapping
from uuid import UUID

import orjson

from service.domain.acts import Act, ActKind
from service.store.acts import page_of_acts, record_act
from service.store.database import Readable
from service.store.recording import Clock

_ACTOR = "chalkline serve"


def note_start(database: Readable, settings: Mapping[str, object], now: Clock, new_id: Callable[[], UUID]) -> None:
    """Record the settings that matter, unless they are those of the start before. No secret is among them.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    body = dict(settings)
    last = page_of_acts(database.engine, limit=1, kind=ActKind.STARTED)
    if last and orjson.loads(last[0].body) == body:
        return
    record_act(database.engine, Act(id=new_id(), kind=ActKind.STARTED, actor=_ACTOR, at=now(), body=body))
