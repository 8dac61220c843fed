"""Show text that came from outside: nothing in it may move a cursor, hide, or break a line."""

from unicodedata import category

_LONGEST_QUOTATION = 60


def printable(text: str) -> str:
    """The text on one line, with every character that cannot be seen written as its escape.

    Lone surrogates are escaped too, so the result can be encoded as UTF-8; spaces of other widths become plain ones.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def quoted(text: str) -> str:
    """The text in quotation marks, printable, cut where it is long."""
    cut = text if len(text) <= _LONGEST_QUOTATION else f"{text[: _LONGEST_QUOTATION - 1]}…"
    return f'"{printable(cut)}"'


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if category(character) == "Zs":
        return " "
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
