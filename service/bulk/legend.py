"""What the columns of clauses in a file of decisions say: a table beside it, a row for each of them."""

import csv
from collections.abc import Iterator
from pathlib import Path

from service.bulk.columns import columns_of
from service.domain.policy import Policy
from service.domain.spreadsheets import neutralised
from service.domain.wording import clauses_of, formula_of, text_of

LEGEND = ("column", "rule", "title", "text", "heading", "item", "gist")
"""Its columns: the last three say where the handbook says so, and in our words what."""


def legend_of(policy: Policy) -> Iterator[tuple[str, ...]]:
    """What each column of a clause says, in their order. Numbered clauses are joined by their numbers in their step."""
    for step in policy.program.classifying:
        clauses = clauses_of(step.expression)
        columns = [name for name, _ in columns_of(step)]
        text = formula_of(step.expression) if clauses else text_of(step.expression)
        said = [(step.title, text, step.citation)]
        said += [(clause.title, text_of(clause.expression), clause.citation) for clause in clauses]
        for column, (title, words, citation) in zip(columns, said, strict=True):
            yield column, step.rule, title, words, citation.heading, citation.item, citation.gist


def write_legend(path: Path, policy: Policy) -> None:
    """Write the table of them as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(LEGEND)
        lines.writerows([*map(neutralised, row)] for row in legend_of(policy))
