"""A comparison of two policies for people: tables first, then every region in a sentence."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from service.domain.lab.compare import Comparison, is_reassigned
from service.domain.lab.compare_words import change_words, comparison_words
from service.domain.wording import value_words
from service.entrypoints.cli.grids import Grid, print_grid
from service.entrypoints.cli.listing import print_wrapped

_ALL_ELSE = "Another rule or status, the team as before"
_QUESTIONS = "Questions of advice, moves and handoffs"


def print_comparison(console: Console, found: Comparison) -> None:
    """Print where two policies differ: the parameters, how many regions there are of each change, and each of them."""
    if found.parameters:
        _print_parameters(console, found)
    changes = Counter(
        change for region in found.reassigned for change in dict.fromkeys(map(change_words, region.differences))
    )
    others = sum(not any(is_reassigned(it.before, it.after) for it in each.differences) for each in found.regions)
    counted = [*changes.most_common(), (_ALL_ELSE, others), (_QUESTIONS, len(found.questions))]
    rows = [(name, [number]) for name, number in counted if number]
    if found.regions:
        print_grid(console, Grid(["What becomes of accounts", "regions"], rows))
        console.print()
    for line in comparison_words(found)[len(found.parameters) :]:
        print_wrapped(console, line, indent=4)


def _print_parameters(console: Console, found: Comparison) -> None:
    rows = [("Parameter", "before", "after")]
    rows += [(name, value_words(before), value_words(after)) for name, (before, after) in found.parameters.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= console.width:
        for place, (name, before, after) in enumerate(rows):
            line = f"{name:{widths[0]}}  {before:>{widths[1]}}  {after:>{widths[2]}}"
            console.print(Text(line, style="" if place else "bold"), soft_wrap=True)
    else:
        for name, before, after in rows[1:]:
            print_wrapped(console, f"{name}: {before} becomes {after}", indent=4)
    console.print()
