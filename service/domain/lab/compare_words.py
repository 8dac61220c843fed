"""A comparison of two policies in lines that a person can read."""

from collections.abc import Iterator, Sequence

from service.domain.cells import Cell, Unknown, cells_words, holds_in
from service.domain.facts import Facts
from service.domain.lab.classified import BASIS, BY_A_SOURCE
from service.domain.lab.compare import Comparison, Difference, Region, is_reassigned
from service.domain.lab.questions import QuestionDifference
from service.domain.lab.stated import MARKS, STATED, value_of
from service.domain.lab.verdicts import Verdict, status_words
from service.domain.terms import Team
from service.domain.wording import ANSWERS, SEGMENT_NAMES, TEAM_NAMES, value_words


def comparison_words(comparison: Comparison, *, every: bool = False) -> list[str]:
    """Where two policies differ: parameters, then classifications, then other questions.

    Of classifications, those with another team or segment are told; all the others where ``every`` asks for it, or
    where that takes no more lines.
    """
    return list(_lines(comparison, every=every))


def _lines(comparison: Comparison, *, every: bool) -> Iterator[str]:
    if not comparison.parameters and not comparison.regions and not comparison.questions:
        yield "The policies decide alike."
    for name, (before, after) in comparison.parameters.items():
        yield f"{name}: {value_words(before)} becomes {value_words(after)}"
    if every or len(comparison.regions) <= len(comparison.reassigned):
        yield from _told("Decided otherwise where", comparison.regions)
    else:
        yield from _told("Another team or segment where", comparison.reassigned)
        yield "Elsewhere team and segment stay as they are; the rule that names them, or the status, may differ."
    for question in comparison.questions:
        yield from _question(question)


def _told(what: str, regions: Sequence[Region]) -> Iterator[str]:
    for region in regions:
        yield f"{what} {region_words(region)}"
        yield f"  for instance: {witness_words(region.differences[0].witness)}"


def region_words(region: Region) -> str:
    """A region with what becomes of its accounts, each change told once."""
    changes = dict.fromkeys(change_words(difference) for difference in region.differences)
    return f"{bounds_words(region.bounds)}: {'; '.join(changes)}"


def bounds_words(bounds: dict[str, tuple[Cell, ...]]) -> str:
    """What facts are held to: ``segment MM, max_family_employees 500 to 599``."""
    return ", ".join(_bound(fact, cells) for fact, cells in bounds.items()) or "anywhere"


def _bound(fact: str, cells: Sequence[Cell]) -> str:
    if fact == BASIS:
        return "a source leads" if holds_in(cells[0], BY_A_SOURCE) else "the VP or the CRM names the segment"
    unknown_last = sorted(cells, key=lambda cell: isinstance(cell, Unknown))
    return f"{fact} {cells_words(fact, unknown_last)}"


def witness_words(facts: Facts) -> str:
    """What is stated of a witness: ``datafox_employees 100, region NORAM, motion existing``."""
    values = {fact: value_of(facts, fact) for fact in STATED}
    stated = {fact: value for fact, value in values.items() if value is not None and (value or fact not in MARKS)}
    return ", ".join(f"{fact} {value_words(value)}" for fact, value in stated.items())


def change_words(difference: Difference) -> str:
    """What becomes of the accounts: ``Key Accounts First Order becomes Mid-Market Territory``."""
    before, after = difference.before, difference.after
    if is_reassigned(before, after):
        return f"{_owner(before)} becomes {_owner(after)}"
    if before.status is not after.status:
        return f"{_owner(before)} is {status_words(after)} rather than {status_words(before)}"
    return f"{_owner(before)} is by {after.rule} rather than {before.rule}"


def _owner(verdict: Verdict) -> str:
    if verdict.team is None:
        return "no rule" if verdict.status is None else "no team"
    team = TEAM_NAMES[verdict.team]
    if verdict.team is Team.OUTSIDE_COMMERCIAL and verdict.segment is not None:
        return f"{team} ({SEGMENT_NAMES[verdict.segment]})"
    return team


def _question(question: QuestionDifference) -> Iterator[str]:
    if question.titles is not None:
        before, after = question.titles
        yield f"{question.step} asks otherwise. Before: {before}. After: {after}"
    if question.before is None or question.after is None:
        yield f"{question.step} is asked by one policy alone: {question.before or question.after}"
    elif not question.regions and question.titles is None:
        yield f"{question.step} says the same in other words: {question.after}"
    if question.regions:
        yield _answered_otherwise(question)


def _answered_otherwise(question: QuestionDifference) -> str:
    # What becomes of an open answer follows from these, and is told where there are none alone.
    settled = [region for region in question.regions if None not in {region.before, region.after}]
    where = [
        f"{bounds_words(region.bounds)}: {ANSWERS[region.before]} becomes {ANSWERS[region.after]}"
        for region in settled or question.regions
    ]
    return f"{question.step} answers otherwise where {'; or where '.join(where)}"
