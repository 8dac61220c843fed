"""How a table is to be read, as the options of a command say it: what is not said is never guessed."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any, Final

import typer

from service.bulk.text import is_text_encoding
from service.crm.dialect import DayOrder, Dialect, Thousands
from service.crm.readings import always_means
from service.entrypoints.common.tables.reading import Leader, Reading

_MOST_FOOTER_LINES: Final = 1_000


def _encoding(name: str) -> str:
    if not is_text_encoding(name):
        raise typer.BadParameter(f"There is no encoding {name}; windows-1252 and utf-16 are")
    return name


_Days = Annotated[DayOrder | None, typer.Option(help="What comes first in days: year, month or day.")]
_Thousands = Annotated[Thousands | None, typer.Option(help="What parts thousands in numbers; the other has fractions.")]
_True = Annotated[list[str] | None, typer.Option("--true", metavar="WORD", help="A word that means true; repeatable.")]
_False = Annotated[
    list[str] | None, typer.Option("--false", metavar="WORD", help="A word that means false; repeatable.")
]
_Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", parser=_encoding, help="Of text, such as windows-1252; else UTF-8."),
]
_Footer = Annotated[
    int, typer.Option(metavar="N", min=0, max=_MOST_FOOTER_LINES, help="Pass over the last N lines of the file.")
]
_Sheet = Annotated[str | None, typer.Option(metavar="NAME", help="Which sheet of a workbook; else the only one shown.")]
_Duplicates = Annotated[
    Leader | None, typer.Option(help="Which row of an account leads that stands in several; else all are rejected.")
]
_NewestBy = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="The column that says which row is newest; else the CRM's own.")
]
_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "days": (_Days, None),
    "thousands": (_Thousands, None),
    "true_words": (_True, None),
    "false_words": (_False, None),
    "encoding": (_Encoding, None),
    "footer": (_Footer, 0),
    "sheet": (_Sheet, None),
    "duplicates": (_Duplicates, None),
    "newest_by": (_NewestBy, None),
}


def reads_tables(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of how its table is written, which it takes as one ``reading``."""

    @wraps(command)
    def with_reading(**given: Any) -> None:  # noqa: ANN401 - whatever the command takes
        said = {name: given.pop(name) for name in _OPTIONS}
        command(**given, reading=_reading(said))

    signature = inspect.signature(command)
    own = [parameter for name, parameter in signature.parameters.items() if name != "reading"]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in _OPTIONS.items()
    ]
    with_reading.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]  # typer reads it
    return with_reading


def _words(given: Iterable[str] | None, option: str, *, meant: bool) -> frozenset[str]:
    words = frozenset(word.strip().casefold() for word in given or ())
    for word in sorted(words):
        if not word:
            raise typer.BadParameter("A word has something in it: an empty cell is unknown", param_hint=option)
        if always_means(word) is (not meant):
            raise typer.BadParameter(f"{word} always means {str(not meant).lower()}", param_hint=option)
    return words


def _reading(said: Mapping[str, Any]) -> Reading:
    true = _words(said["true_words"], "--true", meant=True)
    false = _words(said["false_words"], "--false", meant=False)
    if true & false:
        raise typer.BadParameter(f"{min(true & false)} cannot mean both true and false", param_hint="--true")
    if said["newest_by"] is not None and said["duplicates"] is not Leader.NEWEST:
        raise typer.BadParameter("It says which row is newest, for --duplicates newest", param_hint="--newest-by")
    return Reading(
        dialect=Dialect(days=said["days"], thousands=said["thousands"], true=true, false=false),
        encoding=said["encoding"],
        footer=said["footer"],
        sheet=said["sheet"],
        leader=said["duplicates"],
        newest_by=said["newest_by"],
    )
