"""Text of files: unpacked, recoded, without its last lines, and bounded."""

import collections
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bulk.text import LONGEST_LINE, LineCount, UnreadableTextError, open_text


def text_of(raw: bytes, encoding: str | None = None, footer: int = 0, longest: int = LONGEST_LINE) -> bytes:
    return open_text(io.BytesIO(raw), encoding, footer, longest, LineCount()).read()


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("\ufeffid\nä\n".encode(), None),
        ("id\nä\n".encode(), None),
        ("id\nä\n".encode("utf-16"), "utf-16"),
        ("\ufeffid\nä\n".encode("utf-16-le"), "utf-16-le"),
        ("id\nä\n".encode("cp1252"), "windows-1252"),
        (gzip.compress("\ufeffid\nä\n".encode()), None),
        (gzip.compress("id\nä\n".encode("utf-16")), "utf-16"),
    ],
    ids=["marked", "plain", "utf-16", "utf-16-le", "windows-1252", "packed", "packed utf-16"],
)
def test_text_becomes_utf_8_without_a_byte_order_mark(raw: bytes, encoding: str | None) -> None:
    assert text_of(raw, encoding) == "id\nä\n".encode()


@given(
    st.lists(st.binary(max_size=5).map(lambda line: line.translate(None, b"\r\n\x1f"))),
    st.integers(0, 9),
    st.booleans(),
)
def test_the_last_lines_are_left_out_whether_or_not_the_last_has_an_end(
    lines: list[bytes],
    footer: int,
    ended: bool,  # noqa: FBT001 - drawn
) -> None:
    raw = b"\n".join(lines) + b"\n" * (ended and bool(lines))
    before = raw.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    seen = LineCount()
    text = open_text(io.BytesIO(raw), None, footer, LONGEST_LINE, seen)
    if 0 < len(before) <= footer:
        with pytest.raises(UnreadableTextError, match="leaves none"):
            text.read()
        return
    kept = len(before) - footer if before else 0
    assert text.read() == b"".join(before[:kept])
    assert (seen.number, seen.footer) == (len(before), tuple(before[kept:]))


def test_lines_at_the_seams_of_pieces_are_kept() -> None:
    raw = b"".join(b"%d\n" % number for number in range(600_000))
    assert text_of(raw, footer=3) == b"".join(b"%d\n" % number for number in range(599_997))


@pytest.mark.parametrize(
    ("raw", "encoding", "says"),
    [
        (gzip.compress(b"id\n" * 9999)[:-20], None, "cannot be unpacked"),
        (b"\x1f\x8bnonsense", None, "cannot be unpacked"),
        (b"\xff\xfe\x00\xd8a\x00", "utf-16", "is not text in utf-16"),
        (gzip.compress(b" " * (LONGEST_LINE + 1)), None, "has a line of more than 16 MB"),
    ],
    ids=["cut off", "no archive", "not utf-16", "one line"],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(raw: bytes, encoding: str | None, says: str) -> None:
    with pytest.raises(UnreadableTextError, match=says):
        text_of(raw, encoding)


def test_a_bomb_of_one_line_is_refused_before_it_is_whole() -> None:
    bomb = gzip.compress(b"\0" * (200 << 20), 9)
    text = open_text(io.BytesIO(bomb), None, 0, LONGEST_LINE, LineCount())
    with pytest.raises(UnreadableTextError, match="a line of more than 16 MB"):
        collections.deque(iter(lambda: text.read(1 << 20), b""), maxlen=0)


def test_a_bomb_of_many_lines_is_refused_before_it_is_whole() -> None:
    bomb = gzip.compress(b"\n" * (200 << 20), 9)
    text = open_text(io.BytesIO(bomb), None, 0, LONGEST_LINE, LineCount())
    with pytest.raises(UnreadableTextError, match="more than 250 times its size"):
        collections.deque(iter(lambda: text.read(1 << 20), b""), maxlen=0)
