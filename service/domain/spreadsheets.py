"""Cells of files that people open in a spreadsheet."""

_TRIMMED = " \u00a0\u3000\u200b\ufeff"  # blanks that a program may drop before it looks
_WOULD_RUN = (*"=+-@\t\r\n\0", *"\uff1d\uff0b\uff0d\uff20")  # the full-width forms count too


def neutralised(cell: str) -> str:
    """A cell that no spreadsheet executes: one that begins like a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.lstrip(_TRIMMED).startswith(_WOULD_RUN) else cell
