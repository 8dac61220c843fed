"""Numbers in columns for people, within the width of a page: headings and names are wrapped before a number is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from service.crm.payloads import printable

_WIDTH = 80
_NARROWEST_NAME = 10
_LONGEST_WORD = 14
_AT_WORDS, _AT_PIECES = re.compile(" "), re.compile("(?<=-)| ")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of numbers, each with its name, below ``headings`` of which the first is that of the names."""

    headings: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]

    @property
    def fits(self) -> bool:
        """Whether it can be told within the width, with names of some length."""
        return sum(self._widths(_AT_PIECES)) + len(self.headings) - 1 + _NARROWEST_NAME <= _WIDTH

    def lines(self) -> tuple[list[str], list[str]]:
        """The lines of the headings, and those of the rows."""
        names = [printable(self.headings[0]), *(printable(name) for name, _ in self.rows)]
        longest = max(map(len, names))
        for parted, gap, least in ((None, 2, longest), (_AT_WORDS, 2, longest), (_AT_WORDS, 1, longest // 2)):
            widths = self._widths(parted)
            room = _WIDTH - sum(widths) - gap * len(widths)
            if room >= least:
                break
        else:
            widths = self._widths(_AT_PIECES)
            room = _WIDTH - sum(widths) - len(widths)
        first = min(max(room, _NARROWEST_NAME), longest)
        cells = [[f"{number:,}" for number in numbers] for _, numbers in self.rows]
        headings = [wrap(printable(heading), width) for heading, width in zip(self.headings[1:], widths, strict=True)]
        above = _laid_out([wrap(names[0], first), *headings], [first, *widths], gap, at_the_end=True)
        below = [
            line
            for name, texts in zip(names[1:], cells, strict=True)
            for line in _laid_out([wrap(name, first), *([text] for text in texts)], [first, *widths], gap)
        ]
        return above, below

    def _widths(self, parted: re.Pattern[str] | None) -> list[int]:
        """How wide each column of numbers is, with its heading on one line, or parted."""
        widths = []
        for place, heading in enumerate(map(printable, self.headings[1:])):
            words = parted.split(heading) if parted else [heading]
            longest = max(map(len, words)) if parted is None else min(max(map(len, words)), _LONGEST_WORD)
            widths.append(max(longest, *(len(f"{numbers[place]:,}") for _, numbers in self.rows), 1))
        return widths


def _laid_out(
    cells: Sequence[Sequence[str]], widths: Sequence[int], gap: int, *, at_the_end: bool = False
) -> list[str]:
    """Cells of several lines each, side by side: the first to the left, the others to the right."""
    height = max(map(len, cells))
    padded = [[""] * (height - len(cell)) + [*cell] if at_the_end else cell for cell in cells]
    lines = []
    for line in zip_longest(*padded, fillvalue=""):
        name, *texts = line
        sized = [name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(texts, widths[1:], strict=True))]
        lines.append((" " * gap).join(sized).rstrip())
    return lines


def print_grid(console: Console, grid: Grid) -> None:
    """Print a grid."""
    above, below = grid.lines()
    console.print(Text("\n".join(above), style="bold"), soft_wrap=True)
    console.print(Text("\n".join(below)), soft_wrap=True)
