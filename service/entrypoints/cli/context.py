"""What the commands are given to work with, and the options that several of them have."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from pydantic import BaseModel, ValidationError

from service.crm.mapping import FieldMapping
from service.crm.readings import BadValueError, day
from service.domain.calendar import day_of
from service.domain.errors import DomainError
from service.domain.policies import Policies
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.reasons import reason
from service.store.acts import record_act
from service.store.database import Database
from service.store.recording import Asked, Clock
from service.usecases.doing import Doing
from service.usecases.leads import Occasion
from service.usecases.manage_keys import KeyOffice

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".ndjson": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What commands write, by how such a file ends."""
Model = TypeVar("Model", bound=BaseModel)
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
TableName = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="CSV, Parquet, JSON or NDJSON; - is standard input; postgresql://...#TABLE is a table."
    ),
]

Strict = Annotated[bool, typer.Option("--strict", help="Take no table that has a column which is not known.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What ``chalkline doctor`` found. ``settings`` are those in effect, without secrets, each with whether it is set.

    ``wrong`` has a sentence for each thing that somebody has to see to.
    """

    version: str
    settings: dict[str, tuple[Any, bool]]
    database: dict[str, Any]
    mapping: str
    clock: dict[str, Any]
    wrong: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """Made in ``service.cli_wiring``. What needs the settings reads them when it is first called.

    ``policies`` are those published in the database, or where there is none yet, those that every one begins with.
    """

    serve: Callable[[str | None, int | None], None]
    worker: Callable[[], None]
    migrate: Callable[[], str]
    database_url: Callable[[], str]
    database: Callable[[], AbstractContextManager[Database]]
    examine: Callable[[], Examination]
    policies: Callable[[], Policies]
    publishing_needs_second_key: Callable[[], bool]
    key_office: Callable[[Database], KeyOffice]
    openapi: Callable[[bool], str]
    now: Clock
    zone: Callable[[], tzinfo]
    new_id: Callable[[], UUID]
    random_bytes: Callable[[int], bytes]
    mapping: Callable[[], FieldMapping]
    mapping_in: Callable[[Path], FieldMapping]

    def today(self) -> date:
        """The day of the organisation."""
        return day_of(self.now(), self.zone())


def day_option(says: str, *names: str, **more: Any) -> Any:  # noqa: ANN401 - what typer takes and gives
    """An option that is a day, and what its help says."""
    return typer.Option(*names, parser=_day, metavar="DATE", help=says, **more)


def decided_on(context: CliContext) -> Any:  # noqa: ANN401 - as above
    """The option of commands that decide the rows of a table: for which day, where a row does not say it."""
    says = "The day whose policy decides the rows that name none (effective_on)."
    return day_option(says, default_factory=context.today, show_default="today")


@contextmanager
def refused(*errors: type[Exception], option: str | None = None) -> Iterator[None]:
    """Take errors of these kinds for faults of what the command was given, or of one option of it.

    Raises:
        BadParameter: there was one.
    """
    try:
        yield
    except errors as error:
        raise typer.BadParameter(f"{error}.", param_hint=option) from error


def stated(model: type[Model], said: Mapping[str, object], options: Mapping[str, str] | None = None) -> Model:
    """What options say, as the API has it. ``options`` are the names of those that are not called as their fields.

    Raises:
        BadParameter: it is not valid, of the option that says so.
    """
    try:
        return model.model_validate_json(to_json({name: value for name, value in said.items() if value is not None}))
    except ValidationError as error:
        fault = error.errors()[0]
        place = [str(each) for each in fault["loc"] if isinstance(each, str)][-1]
        option = (options or {}).get(place, "--" + place.replace("_", "-"))
        raise typer.BadParameter(f"{reason(fault)}.", param_hint=option) from None


@contextmanager
def named_by(options: Mapping[str, str]) -> Iterator[None]:
    """Take errors of the domain for faults of the option that states what their pointers point at.

    Raises:
        BadParameter: there was one.
    """
    try:
        yield
    except DomainError as error:
        place = (error.pointer or "").removeprefix("/")
        option = options.get(place, "--" + place.replace("_", "-")) if place else None
        raise typer.BadParameter(f"{error}.", param_hint=option) from error


def doing(context: CliContext, by: str) -> Doing:
    """Something that is done now, by whoever gives the command."""
    return Doing(context.new_id(), Asked(by, "cli", context.new_id().hex), context.now())


def printed(*, as_json: bool) -> str:
    """The media type of a list that is printed."""
    return MEDIA_TYPES[".ndjson" if as_json else ".txt"]


def record_export(
    context: CliContext, database: Database, by: str, what: str, media_type: str, **wanted: object
) -> None:
    """Record that whoever gives the command takes a whole list away, with the options that it was asked by.

    Raises:
        StoreUnavailableError: it cannot be recorded, and nothing is exported then.
    """
    given = {name: value if isinstance(value, list) else [value] for name, value in wanted.items() if value is not None}
    told = {name: [str(each) for each in values] for name, values in given.items() if values}
    record_act(database.engine, doing(context, by).exported(what, media_type, told))


def occasion(context: CliContext, by: str) -> Occasion:
    """Now, by whoever gives the command."""
    asked = Asked(by, "cli", context.new_id().hex)
    return Occasion(
        at=context.now(), today=context.today(), zone=context.zone(), record_id=context.new_id(), asked=asked
    )


def _day(text: str | date) -> date:
    # typer passes a default through its parser as well.
    if isinstance(text, date):
        return text
    try:
        return day(text)
    except BadValueError as error:
        raise typer.BadParameter(str(error)) from error
