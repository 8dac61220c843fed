"""The text of a file as a stream of UTF-8: unpacked, recoded, without its footer, and with no line without end."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Final

_PIECE: Final = 1 << 20
LONGEST_LINE: Final = 16 << 20
"""Bytes of a line of a table, at most."""
LONGEST_DOCUMENT: Final = 256 << 20
"""Bytes of a line that may be a whole document, at most."""
_BYTE_ORDER_MARK: Final = codecs.BOM_UTF8
_SOME: Final = 64 << 20
_MOST_TIMES: Final = 250
"""How much longer text is than what it is packed into, at most, once there is some of it."""
PACKED: Final = b"\x1f\x8b"
"""How a file begins that gzip has packed."""


class UnreadableInputError(ValueError):
    """What cannot be read, or not to its end. The message is a sentence for the person who brought it."""


class UnreadableTextError(UnreadableInputError):
    """Text that cannot be read."""


@dataclass(slots=True)
class LineCount:
    """How many lines were read, and those at the end that were left out, once all were read."""

    number: int = 0
    footer: tuple[bytes, ...] = ()


def open_text(file: BinaryIO, encoding: str | None, footer: int, longest: int, lines: LineCount) -> io.BufferedReader:
    """The text of a file from its beginning, without its last lines, as UTF-8 without a byte-order mark.

    ``lines`` counts those that were read, with the last, and has these.

    A byte that is not UTF-8 stays as it is: it harms its own row alone. Reading raises ``UnreadableTextError`` where
    the file cannot be unpacked or recoded, or has a line of more than ``longest`` bytes.
    """
    file.seek(0)
    packed = file.read(len(PACKED)) == PACKED
    file.seek(0)
    pieces = _unpacked(file) if packed else iter(partial(file.read, _PIECE), b"")
    if encoding is not None:
        pieces = _recoded(pieces, encoding)
    pieces = _of_bounded_lines(_unmarked(pieces), longest, lines)
    return stream_of(_without_last_lines(pieces, footer, lines) if footer else pieces)


def stream_of(pieces: Iterable[bytes]) -> io.BufferedReader:
    """Pieces of bytes as a stream."""
    return io.BufferedReader(_Pieces(pieces), _PIECE)


def is_text_encoding(name: str) -> bool:
    """Whether Python knows an encoding of text by a name."""
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        return False
    return True


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase takes any buffer; readers give views
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    size = 0
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            for piece in iter(partial(unpacked.read, _PIECE), b""):
                size += len(piece)
                if size > _SOME and size > _MOST_TIMES * file.tell():
                    raise UnreadableTextError(
                        f"The input unpacks to more than {_MOST_TIMES} times its size: no table does"
                    )
                yield piece
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableTextError("The input cannot be unpacked: it is damaged, or was cut off") from error


def _recoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape")
    try:
        for piece in pieces:
            yield decoder.decode(piece).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")
    except ValueError as error:
        raise UnreadableTextError(f"The input is not text in {encoding}") from error


def _unmarked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = b""
    while len(first) < len(_BYTE_ORDER_MARK) and (piece := next(pieces, None)) is not None:
        first += piece
    yield first.removeprefix(_BYTE_ORDER_MARK)
    yield from pieces


def _of_bounded_lines(pieces: Iterable[bytes], longest: int, lines: LineCount) -> Iterator[bytes]:
    length = 0
    for piece in pieces:
        end = piece.rfind(b"\n")
        length = length + len(piece) if end < 0 else len(piece) - end - 1
        lines.number += piece.count(b"\n")
        if length > longest:
            raise UnreadableTextError(f"The input has a line of more than {longest >> 20} MB: it is no table")
        yield piece
    # The last line may have no end.
    lines.number += length > 0


def _without_last_lines(pieces: Iterable[bytes], number: int, lines: LineCount) -> Iterator[bytes]:
    held, is_all = b"", True
    for piece in pieces:
        held += piece
        # Behind the end of the last line there may be another, without an end of its own.
        end = len(held)
        for _ in range(number + 1):
            end = held.rfind(b"\n", 0, max(end, 0))
        is_all = is_all and end < 0
        yield held[: end + 1]
        held = held[end + 1 :]
    rest = held.splitlines(keepends=True)
    if is_all and 0 < len(rest) <= number:
        raise UnreadableTextError(f"The input has {len(rest):,} lines, and --footer {number} leaves none of them")
    lines.footer = tuple(rest[-number:])
    yield b"".join(rest[:-number])
