"""What the commands are given to work with, and the options that several of them have."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

import typer

from service.crm.mapping import FieldMapping
from service.crm.readings import BadValueError, day
from service.domain.policies import Policies
from service.store.database import Database
from service.store.recording import Clock
from service.usecases.manage_keys import KeyOffice

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """Made in ``service.cli_wiring``. What needs the settings reads them when it is first called.

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
    mapping: Callable[[], FieldMapping]


def day_option(text: str | date) -> date:
    """The day that an option states.

    Raises:
        BadParameter: the text is no day.
    """
    # typer passes a default through its parser as well.
    if isinstance(text, date):
        return text
    try:
        return day(text)
    except BadValueError as error:
        raise typer.BadParameter(str(error)) from error
