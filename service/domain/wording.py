"""Put a clause expression into words: the same text in answers, on the command line and in the documentation."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import assert_never

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or, Outcome
from service.domain.ranges import Range
from service.domain.terms import Basis, Segment, Source, Team


def text_of(expression: Expression) -> str:
    """The whole expression in words, for example ``max_family_employees >= 500``."""
    return _text(expression, labels=False, inside=False)


def formula_of(expression: Expression) -> str:
    """How numbered clauses are joined, by their labels, for example ``1 and 2 and (3 or 4)``."""
    return _text(expression, labels=True, inside=False)


def clauses_of(expression: Expression) -> list[Clause]:
    """The numbered clauses of an expression, in order; none inside another."""
    match expression:
        case Clause():
            return [expression]
        case And(parts) | Or(parts):
            return [clause for part in parts for clause in clauses_of(part)]
        case Not(part):
            return clauses_of(part)
        case Known() | Holds() | Compare() | IsIn():
            return []
    assert_never(expression)


def _text(expression: Expression, *, labels: bool, inside: bool) -> str:  # noqa: C901 - one case a node
    match expression:
        case Known(fact):
            return f"{fact} is known"
        case Holds(fact):
            return fact
        case Compare(fact, sign, bound):
            return f"{fact} {sign} {bound}"
        case IsIn(fact, (choice,)):
            return f"{fact} is {choice}"
        case IsIn(fact, choices):
            return f"{fact} is one of {', '.join(choices)}"
        case Not(Known(fact)):
            return f"{fact} is not known"
        case Not(IsIn(fact, choices)):
            return f"{fact} is {'not' if len(choices) == 1 else 'none of'} {', '.join(choices)}"
        case Not(part):
            return f"not {_text(part, labels=labels, inside=True)}"
        case And(parts):
            return _joined(" and ", parts, labels=labels, inside=inside)
        case Or(parts):
            return _joined(" or ", parts, labels=labels, inside=inside)
        case Clause(label=label, expression=inner):
            return label if labels else _text(inner, labels=False, inside=inside)
    assert_never(expression)


def _joined(word: str, parts: tuple[Expression, ...], *, labels: bool, inside: bool) -> str:
    text = word.join(_text(part, labels=labels, inside=True) for part in parts)
    return f"({text})" if inside else text


ANSWERS: dict[Outcome, str] = {True: "yes", False: "no", None: "unknown"}
SOURCE_NAMES = {Source.DATAFOX: "Datafox", Source.ZOOMINFO: "Zoominfo", Source.LINKEDIN: "LinkedIn"}
BASIS_NAMES = {
    **{Basis(source.value): name for source, name in SOURCE_NAMES.items()},
    Basis.VP: "the VP of Commercial Sales",
    Basis.CRM: "the CRM's mark",
}
SEGMENT_NAMES = {Segment.SMB: "SMB", Segment.MM: "Mid-Market", Segment.LARGE: "Large"}
TEAM_NAMES = {
    Team.SMB: "SMB",
    Team.MM_TERRITORY: "Mid-Market Territory",
    Team.MMKAFO: "Key Accounts First Order",
    Team.MMKAN: "Key Accounts Named",
    Team.OUTSIDE_COMMERCIAL: "outside Commercial",
}


def quantity(number: int | Range, noun: str) -> str:
    """A number of things in words: ``1 employee``, ``1,608 employees``, ``201 to 500 employees``."""
    return f"{value_words(number)} {noun}" if number == 1 else f"{value_words(number)} {noun}s"


def minutes_words(minutes: int) -> str:
    """So many minutes in words, as hours where they are whole ones: ``90 minutes``, ``2 hours``."""
    hours, rest = divmod(minutes, 60)
    return quantity(minutes, "minute") if rest else quantity(hours, "hour")


def value_words(value: object) -> str:
    """A value of a parameter or a fact in words."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case Range():
            return value.words
        case tuple():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


BOUNDS = {"<": "fewer than", "<=": "at most", ">": "more than", ">=": "at least"}


def listing(items: Sequence[str], conjunction: str = "and") -> str:
    """A list in words: ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text of a program with the words that its ``$names`` stand for."""
    return _form(text) % words if "$" in text else text


@cache
def _form(text: str) -> str:
    return _NAMED.sub(r"%(\1)s", text.replace("%", "%%"))


_NAMED = re.compile(r"\$([A-Za-z_]\w*)")
