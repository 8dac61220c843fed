"""What is printed for people: decisions in columns, and lines wrapped within the width of the console.

Decisions go a page at a time, so that a long file needs no more memory than a short one. Fixed columns rather than a
``rich`` table: that one waits for the last row, and draws five times slower.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.console import Console
from rich.text import Text

from service.crm.payloads import printable
from service.domain.decision import Decision, Status
from service.domain.terms import Basis
from service.domain.wording import BASIS_NAMES, value_words

_NARROWEST = 40
_PAGE = 100
_WIDTHS = (18, 18, 18, 23)
"""Account, segment and lead, team and rule, status and missing facts: together 80 columns with their gaps."""
_HEADINGS = (("Account", "id"), ("Segment", "led by"), ("Team", "rule"), ("Status", "missing facts"))
_STYLES = {Status.FINAL: "green", Status.PROVISIONAL: "yellow", Status.PENDING_REVIEW: "red"}
_SHORT_BASIS_NAMES = BASIS_NAMES | {Basis.VP: "the VP"}


def plain_console() -> Console:
    """The console, which takes nothing in a text for markup."""
    return Console(markup=False, emoji=False, highlight=False)


def print_listing(console: Console, decisions: Iterator[Decision]) -> None:
    """Print decisions under one heading. Wider consoles give their room to the account's name."""
    widths = (_WIDTHS[0] + max(0, console.width - sum(_WIDTHS) - len(_WIDTHS) + 1), *_WIDTHS[1:])
    page = Text(no_wrap=True, overflow="ignore", end="")
    for number, decision in enumerate(decisions):
        if number == 0:
            for columns, ending in _lines(_HEADINGS, widths):
                page.append(f"{columns} {ending}\n", "bold")
        style: str | None = _STYLES[decision.status]
        for columns, ending in _lines(_cells(decision, widths[0]), widths):
            page.append(f"{columns} " if ending else columns.rstrip())
            page.append(f"{ending}\n", style)
            style = None
        if (number + 1) % _PAGE == 0:
            console.print(page, end="", soft_wrap=True)
            page = Text(no_wrap=True, overflow="ignore", end="")
    console.print(page, end="", soft_wrap=True)


def _lines(cells: Iterable[tuple[str, ...]], widths: Sequence[int]) -> Iterator[tuple[str, str]]:
    *left, last = [_folded(lines, width) for lines, width in zip(cells, widths, strict=True)]
    for ending, *line in zip_longest(last, *left, fillvalue=""):
        sized = [set_cell_size(text, width) for text, width in zip(line, widths[:-1], strict=True)]
        yield " ".join(sized), ending


def _cells(decision: Decision, name_width: int) -> Iterator[tuple[str, ...]]:
    account = decision.facts.account
    # A long name is cut, for the id below it tells the account; an id never is.
    yield (_cut(printable(account.name), name_width), account.id) if account.name else (account.id,)
    yield decision.segment or "none", _lead(decision)
    yield decision.team or "none", decision.rule
    yield decision.status, *decision.missing_facts


def _lead(decision: Decision) -> str:
    if decision.basis is None:
        return "nobody"
    name = _SHORT_BASIS_NAMES[decision.basis]
    return name if decision.led is None else f"{name} {value_words(decision.led)}"


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def _folded(lines: tuple[str, ...], width: int) -> list[str]:
    return [part for line in lines for part in (chop_cells(line, width) if cell_len(line) > width else (line,))]


def print_wrapped(console: Console, line: str, *, indent: int, style: str = "") -> None:
    """Print a line, the rest of a long one indented. Whatever a file has in it, it is neither markup nor control."""
    width = max(console.width, _NARROWEST)
    wrapped = wrap(printable(line), width, subsequent_indent=" " * indent, break_on_hyphens=False)
    # A Text is never taken for markup.
    console.print(Text("\n".join(wrapped), style=style, overflow="fold"))
