"""Where the files of a run go: into a folder of their own, and into their places together once all has ended well."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from stat import S_ISDIR, S_ISREG

OUT_SUFFIXES = (".parquet", ".csv", ".xlsx")


class UnusableOutputError(ValueError):
    """An output that cannot be written. The message is a sentence for the person who asked for it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a file of decisions, and those beside it, are written until the run has ended.

    ``suffix`` says which kind of file the decisions are. The files are those that there are in the end.
    """

    suffix: str
    decisions: Path
    rejected: Path
    legend: Path


@contextmanager
def destination(out: Path, read: os.stat_result | None = None) -> Iterator[Destination]:
    """Where to write what is to be at ``out``. What stands there stays as it is unless all ends well.

    ``read`` is the file that is read, where it is one: nothing is put in its place, by whatever name or link.

    Raises:
        UnusableOutputError: it is of another kind than can be written, cannot be made, or would overwrite what is read.
    """
    suffix = out.suffix.lower()
    if suffix not in OUT_SUFFIXES:
        raise UnusableOutputError(f"{out} is neither a .parquet, a .csv nor an .xlsx file")
    rejected, legend = (out.with_name(f"{out.name}.{kind}.csv") for kind in ("rejected", "legend"))
    places = (rejected, legend, out)
    for place in places:
        _refuse_what_is_there(place, read)
    with _folder(out) as folder:
        _try_names(folder, places)
        yield Destination(suffix, *(folder / place.name for place in (out, rejected, legend)))
        for place in places:
            written = folder / place.name
            if written.exists():
                written.replace(place)
            else:
                # It would tell of a run before this one.
                place.unlink(missing_ok=True)


@contextmanager
def alone(out: Path) -> Iterator[Path]:
    """Where to write a file of its own that is to be at ``out``. What stands there stays unless all ends well.

    Raises:
        UnusableOutputError: it cannot be made.
    """
    _refuse_what_is_there(out, None)
    with _folder(out) as folder:
        _try_names(folder, (out,))
        yield folder / out.name
        (folder / out.name).replace(out)


@contextmanager
def _folder(out: Path) -> Iterator[Path]:
    """A folder beside the file, so that what is written in it is but renamed in the end."""
    if not out.parent.is_dir():
        raise UnusableOutputError(f"{out} cannot be made: there is no folder {out.parent}")
    # Named before it is made, so that no interruption comes between that and removing it.
    folder = out.parent / f".chalkline-{token_hex(8)}"
    try:
        try:
            folder.mkdir(0o700)
        except OSError as error:
            raise UnusableOutputError(f"{out} cannot be made: {error.strerror}") from error
        yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def _try_names(folder: Path, places: tuple[Path, ...]) -> None:
    for place in places:
        try:
            (folder / place.name).touch()
            (folder / place.name).unlink()
        except OSError as error:
            raise UnusableOutputError(f"{place} cannot be made: {error.strerror}") from error


def _refuse_what_is_there(place: Path, read: os.stat_result | None) -> None:
    try:
        there = place.stat()
    except OSError:
        return
    if read is not None and os.path.samestat(there, read):
        raise UnusableOutputError(f"{place} is the input itself, which would be lost; name another file")
    if not S_ISREG(there.st_mode):
        kind = "a folder" if S_ISDIR(there.st_mode) else "no ordinary file"
        raise UnusableOutputError(f"{place} cannot be made: there is {kind} of that name")
