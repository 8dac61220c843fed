"""``chalkline people``: say who sells, from a file."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import orjson
import typer
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console

from service.crm.payloads import quoted
from service.domain.people import Key, Period, PersonId
from service.entrypoints.cli.context import AsJson, CliContext, refused
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.listing import print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.reasons import reason
from service.entrypoints.common.tables.sources import UnusableInputError, open_source
from service.store.people import SaidAnew, standing_periods
from service.store.recording import Asked
from service.usecases.people import RefusedPeopleError, import_people

COLUMNS = ("id", *Period.model_fields)
_NEEDED = {"id", *(name for name, field in Period.model_fields.items() if field.is_required())}
_LARGEST = 8 * 1024 * 1024
_MOST = 10_000
"""So many periods are recorded in seconds, in which a SQLite database records nothing else."""
_MOST_FAULTS = 20
_REFUSED = 1


class _Named(BaseModel):
    model_config = ConfigDict(strict=True)

    id: PersonId


@dataclass(slots=True)
class _Table:
    """What a file says, with the line of each period, and what is wrong with it."""

    said: dict[Key, Period] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about people to the command line."""

    @cli.callback()
    def people() -> None:
        """Say who sells."""

    @cli.command("import")
    def import_file(
        file: Annotated[str, typer.Argument(metavar="FILE.csv", help="A CSV file; - is standard input.")],
        *,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Record the people of a CSV file: all of it, or nothing where a line is at fault.

        Its columns are id, name, email, role, team, regions (separated by ;), manager_id, crm_user_id, active_from and
        active_until. A line is a period of a person; what stands already is not recorded again.
        """
        with refused(UnusableInputError):
            table = _read(file)
        with context.database() as database:
            if not table.faults:
                asked = Asked(by, "cli", context.new_id().hex)
                try:
                    anew = import_people(database, table.said, asked, context.now())
                except RefusedPeopleError as error:
                    table.faults += [
                        f"line {table.lines[each.key]}: {(each.error.pointer or '')[1:]}: {each.error}"
                        for each in error.refused
                    ]
            if table.faults:
                _tell_faults(table.faults)
                raise typer.Exit(_REFUSED)
            ids = {person_id for person_id, _ in standing_periods(database.engine)}
        _tell(table, anew, ids, as_json=as_json)


def _read(name: str) -> _Table:
    with open_source(name, lambda _: ()) as source:
        content = source.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise UnusableInputError(f"The file has more than {_LARGEST:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInputError(f"The file is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    table = _Table()
    try:
        _check_header(reader.fieldnames or ())
        for cells in reader:
            _take(table, reader.line_num, cells)
            if len(table.said) > _MOST:
                raise UnusableInputError(f"The file has more than {_MOST:,} periods; split it")
    except csv.Error as error:
        raise UnusableInputError(f"Line {reader.line_num} cannot be read as CSV: {error}") from error
    return table


def _check_header(found: Sequence[str]) -> None:
    if unknown := [name for name in found if name not in COLUMNS]:
        raise UnusableInputError(
            f"There is no column {quoted(unknown[0])} in a file of people; the columns are {', '.join(COLUMNS)}"
        )
    if missing := sorted(_NEEDED - set(found)):
        raise UnusableInputError(f"The columns {', '.join(missing)} are missing")
    if len(set(found)) < len(found):
        raise UnusableInputError("A column is there twice")


def _take(table: _Table, line: int, cells: dict[str, str]) -> None:
    """A line of the file, whose last is the one counted."""
    if None in cells or None in cells.values():
        table.faults.append(f"line {line}: it has more or fewer cells than the header")
        return
    stated: dict[str, object] = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    if not stated:
        return
    regions = str(stated.pop("regions", ""))
    stated |= {"regions": [region.strip() for region in regions.split(";") if region.strip()]}
    try:
        person_id = _Named.model_validate_json(orjson.dumps({"id": stated.pop("id", "")})).id
        period = Period.model_validate_json(orjson.dumps(stated))
    except ValidationError as error:
        table.faults += [f"line {line}: {fault['loc'][0]}: {reason(fault)}" for fault in error.errors()]
        return
    key = (person_id, period.active_from)
    if key in table.said:
        table.faults.append(f"line {line}: line {table.lines[key]} is about {person_id} from {key[1]} too")
    table.said[key], table.lines[key] = period, line


def _tell_faults(faults: list[str]) -> None:
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    print_wrapped(console, "Nothing was recorded.", indent=0)
    for fault in faults[:_MOST_FAULTS]:
        print_wrapped(console, fault, indent=2)
    if len(faults) > _MOST_FAULTS:
        print_wrapped(console, f"and {len(faults) - _MOST_FAULTS} more", indent=2)


def _tell(table: _Table, anew: SaidAnew, ids: set[str], *, as_json: bool) -> None:
    stood = {each.key for each in anew.before}
    changed = sum(each.key in stood for each in anew.added)
    unknown = sorted(set(_managers(table)) - ids)
    told = {
        "people": len({person_id for person_id, _ in table.said}),
        "added": len(anew.added) - changed,
        "changed": changed,
        "unchanged": len(table.said) - len(anew.added),
        "unknown_managers": unknown,
    }
    if as_json:
        typer.echo(to_json(told))
        return
    typer.echo(
        f"People: {told['people']}. Periods: {told['added']} added, {changed} changed, {told['unchanged']} as before."
    )
    if unknown:
        typer.echo(f"Managers that nobody is yet: {', '.join(unknown)}.")


def _managers(table: _Table) -> Iterator[str]:
    return (period.manager_id for period in table.said.values() if period.manager_id is not None)
