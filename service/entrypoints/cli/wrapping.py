"""Print a line of text within the width of the console, the rest of a long one indented below."""

from textwrap import wrap

from rich.console import Console
from rich.text import Text

from service.crm.payloads import printable

_NARROWEST = 40


def print_wrapped(console: Console, line: str, *, indent: int, style: str = "") -> None:
    """Print a line. Whatever a file has in it, it is neither markup nor a control sequence."""
    width = max(console.width, _NARROWEST)
    wrapped = wrap(printable(line), width, subsequent_indent=" " * indent, break_on_hyphens=False)
    # A Text is never taken for markup.
    console.print(Text("\n".join(wrapped), style=style, overflow="fold"))
