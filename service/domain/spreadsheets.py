"""Cells of files that people open in a spreadsheet."""

import re

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_TRIMMED = " \u00a0\u3000\u200b\ufeff"  # blanks that a program may drop before it looks
_WOULD_RUN = (*"=+-@\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20")  # the full-width forms count too


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet executes: one that begins like a formula, and is no number, gets an apostrophe."""
    return f"'{cell}" if _would_run(cell) else cell


def protected(cell: str) -> str:
    """The same, of which ``restored`` makes the cell again: one that had an apostrophe there gets another."""
    return f"'{cell}" if _would_run(cell.lstrip("'")) else cell


def restored(cell: str) -> str:
    """What ``protected`` made the cell of."""
    return cell[1:] if cell.startswith("'") and _would_run(cell.lstrip("'")) else cell


def _would_run(cell: str) -> bool:
    return cell.lstrip(_TRIMMED).startswith(_WOULD_RUN) and _NUMBER.fullmatch(cell) is None
