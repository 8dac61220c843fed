"""What the command line is given to work with."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.crm.event_mapping import EventMapping
from service.domain.policies import Policies
from service.store.database import Database
from service.store.recording import Clock
from service.usecases.manage_keys import KeyOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Made in ``service.cli_wiring``. Each reads the settings only when it is called.

    ``policies`` are those published in the database, or where there is none yet, those that every one begins with.
    """

    serve: Callable[[str | None, int | None], None]
    worker: Callable[[], None]
    migrate: Callable[[], str]
    database: Callable[[], AbstractContextManager[Database]]
    policies: Callable[[], Policies]
    publishing_needs_second_key: Callable[[], bool]
    key_office: Callable[[Database], KeyOffice]
    openapi: Callable[[bool], str]
    now: Clock
    today: Callable[[], date]
    new_id: Callable[[], UUID]
    mapping: Callable[[], EventMapping]
