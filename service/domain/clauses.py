"""The clause expression: what a rule is written in.

A closed family of nodes over named facts, built with Python's own operators so that a policy reads like the handbook::

    in_crm & (crm_created_on <= parameters.in_crm_by)

Interpreters are separate functions over the same nodes: ``evaluation`` answers them and names the facts that would
settle them, ``wording`` puts them into words, ``service.bulk.expressions`` answers them for a table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias, assert_never

Outcome: TypeAlias = bool | None
"""A truth value of Kleene's logic: true, false, or None for unknown."""
Operator: TypeAlias = Literal["<", "<=", ">", ">="]
Bound: TypeAlias = int | date


class Operators:
    """What every node can do: be joined with ``&`` and ``|``, and be turned around with ``~``."""

    __slots__ = ()

    def __and__(self: "Expression", other: "Expression") -> "And":  # type: ignore[misc]  # the family is closed
        return And((self, other))

    def __or__(self: "Expression", other: "Expression") -> "Or":  # type: ignore[misc]  # the family is closed
        return Or((self, other))

    def __invert__(self: "Expression") -> "Not":  # type: ignore[misc]  # the family is closed
        return Not(self)


@dataclass(frozen=True, slots=True)
class Known(Operators):
    """The fact is known. Never unknown itself."""

    fact: str


@dataclass(frozen=True, slots=True)
class Holds(Operators):
    """A yes-or-no fact is true. Unknown when the fact is."""

    fact: str


@dataclass(frozen=True, slots=True)
class Compare(Operators):
    """A number or a day stands so to a bound. Unknown when the fact is."""

    fact: str
    operator: Operator
    bound: Bound

    @property
    def starts_at(self) -> Bound:
        """The first value beyond the edge that it draws: whole numbers and days have a next one."""
        if self.operator in {"<", ">="}:
            return self.bound
        return self.bound + timedelta(days=1) if isinstance(self.bound, date) else self.bound + 1


@dataclass(frozen=True, slots=True)
class IsIn(Operators):
    """A text fact is one of the choices. Unknown when the fact is."""

    fact: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not(Operators):
    """The part is false. Unknown when the part is."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class And(Operators):
    """Every part is true: false as soon as one part is, unknown as long as one is and none is false."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or(Operators):
    """Some part is true: true as soon as one part is, unknown as long as one is and none is true."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where the handbook says so: heading, item, and the gist in our own words.

    ``pins`` are the SHA-256 of every sentence of the handbook that it rests on, so that a changed handbook shows which
    rules to look at again. A reading for which there is no sentence has none.
    """

    heading: str
    item: str
    gist: str
    pins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause(Operators):
    """A part that the handbook numbers: evaluates as its expression does, and carries its label and citation."""

    label: str
    title: str
    expression: "Expression"
    citation: Citation


Leaf: TypeAlias = Known | Holds | Compare | IsIn
"""A question about one fact."""
Expression: TypeAlias = Leaf | Not | And | Or | Clause


def leaves_of(expression: Expression) -> Iterator[Leaf]:
    """The questions about single facts that an expression is made of, in its order."""
    match expression:
        case Known() | Holds() | Compare() | IsIn():
            yield expression
        case Not(part) | Clause(expression=part):
            yield from leaves_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves_of(part)
        case _:
            assert_never(expression)


def all_of(*parts: Expression) -> And:
    """Every part, side by side rather than nested in pairs."""
    return And(parts)


def any_of(*parts: Expression) -> Or:
    """Some part, side by side rather than nested in pairs."""
    return Or(parts)


@dataclass(frozen=True, slots=True)
class Fact:
    """The name of any fact, to build clauses with."""

    name: str

    @property
    def is_known(self) -> Known:
        """The clause that the fact is known."""
        return Known(self.name)


@dataclass(frozen=True, slots=True)
class Flag(Fact):
    """The name of a yes-or-no fact."""

    @property
    def holds(self) -> Holds:
        """The clause that the fact is true."""
        return Holds(self.name)


@dataclass(frozen=True, slots=True)
class Quantity(Fact):
    """The name of a number or a day, to be compared with a bound."""

    def __lt__(self, bound: Bound) -> Compare:
        return Compare(self.name, "<", bound)

    def __le__(self, bound: Bound) -> Compare:
        return Compare(self.name, "<=", bound)

    def __gt__(self, bound: Bound) -> Compare:
        return Compare(self.name, ">", bound)

    def __ge__(self, bound: Bound) -> Compare:
        return Compare(self.name, ">=", bound)


@dataclass(frozen=True, slots=True)
class Choice(Fact):
    """The name of a text fact that takes one of several values."""

    def is_in(self, *choices: str) -> IsIn:
        """The clause that the fact is one of ``choices``."""
        return IsIn(self.name, tuple(str(choice) for choice in choices))
