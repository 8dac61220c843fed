"""Answer a clause expression: with its trail, without one, and with what an unknown answer hangs on.

Every part speaks: nothing is cut short, so the trail holds one outcome for each node, children before their parent
and left to right. A ``Clause`` leaves no outcome of its own: it is its expression, with a name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, assert_never

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Leaf, Not, Or, Outcome

Values: TypeAlias = Mapping[str, Any]
"""Facts by name, derived ones included; None is unknown. Every fact that an expression names must be present."""
Condition: TypeAlias = Callable[[Values], Outcome]
"""Answers an expression for some values."""
Chosen = TypeVar("Chosen")
Check: TypeAlias = Callable[[Values], list[Outcome]]
"""The outcome of each node of an expression for some values, the last its own."""
_KEPT = 5_000
"""How many functions are kept: programs share most of their questions, and the lab asks single ones again and again."""


@lru_cache(_KEPT)
def compile_expression(expression: Expression) -> Check:
    """Make the function that answers ``expression`` with its trail."""
    source = _Source()
    source.write(expression)
    return source.function(f"[{', '.join(source.names)}]")  # type: ignore[no-any-return]  # as it is written


@lru_cache(_KEPT)
def compile_answer(expression: Expression) -> Condition:
    """Make the function that answers ``expression`` alone."""
    source = _Source()
    return source.function(source.answer(expression))  # type: ignore[no-any-return]  # as it is written


def compile_derived(derived: Iterable[tuple[str, Expression, str | None]]) -> Callable[[dict[str, Any]], None]:
    """Make the function that adds to values, in this order, the answer of each expression under its name.

    With a fact beside it, it is the value of that fact where the expression is true, else unknown.
    """
    source = _Source()
    for name, expression, fact in derived:
        source.put(name, expression, fact)
    return source.function("None")  # type: ignore[no-any-return]  # as it is written


def compile_chosen(chosen: Iterable[tuple[Chosen, Expression]]) -> Callable[[Values], tuple[Chosen, ...]]:
    """Make the function that names, in their order, what goes with an expression that is true."""
    source = _Source()
    for what, expression in chosen:
        source.choose(what, expression)
    return source.function("tuple(chosen)", first="chosen = []")  # type: ignore[no-any-return]  # as it is written


class _Source:
    """A function that is written node by node, a line and a local name for each where their outcomes are told.

    It takes half the time of closures, one a node; a fact is looked up once, and a question about it asked once.
    Nothing of an expression gets into the text but the names of facts and whole numbers, as literals.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._lines: list[str] = []
        self._constants: dict[str, object] = {}
        self._found: dict[str, str] = {}
        self._asked: dict[Leaf, str] = {}

    def write(self, expression: Expression) -> str:
        """Write an expression, and give the name of its outcome."""
        match expression:
            case Known() | Holds() | Compare() | IsIn():
                return self._leaf(expression)
            case Not(part):
                inner = self.write(part)
                return self._line(f"None if {inner} is None else not {inner}")
            case And(parts):
                return self._joined(parts, settled_by=False)
            case Or(parts):
                return self._joined(parts, settled_by=True)
            case Clause(expression=inner_expression):
                return self.write(inner_expression)
        assert_never(expression)

    def answer(self, expression: Expression) -> str:
        """The text of the outcome of an expression, where those of its nodes are not told."""
        if isinstance(expression, Known | Holds):
            return self._holds(expression, outcome=True)
        true, false = self._holds(expression, outcome=True), self._holds(expression, outcome=False)
        return f"True if {true} else False if {false} else None"

    def put(self, name: str, expression: Expression, fact: str | None) -> None:
        """Write that a name has the outcome of an expression, or the value of a fact where that is true."""
        if fact is None:
            value = self.answer(expression)
        else:
            value = f"{self._value(fact)} if {self._holds(expression, outcome=True)} else None"
        self._found[name] = f"value_{len(self._lines)}"
        self._lines.append(f"{self._found[name]} = values[{name!r}] = {value}")

    def choose(self, what: object, expression: Expression) -> None:
        """Write that something is chosen where an expression is true."""
        self._lines.append(f"if {self._holds(expression, outcome=True)}: chosen.append({self._constant(what)})")

    def function(self, result: str, first: str = "pass") -> Any:  # noqa: ANN401 - the caller says what it gives
        """The function of values that gives ``result``."""
        body = "".join(f"    {line}\n" for line in (first, *self._lines))
        found: dict[str, Any] = {}
        exec(f"def answer(values):\n{body}    return {result}\n", self._constants, found)  # noqa: S102 - our own text
        return found["answer"]

    def _leaf(self, leaf: Leaf) -> str:
        if leaf in self._asked:
            self.names.append(self._asked[leaf])
            return self._asked[leaf]
        value = self._value(leaf.fact)
        match leaf:
            case Known():
                asked = self._line(f"{value} is not None")
            case Holds():
                asked = value
                self.names.append(asked)
            case Compare() | IsIn():
                asked = self._line(f"None if {value} is None else {value} {self._test(leaf)}")
            case _:
                assert_never(leaf)
        self._asked[leaf] = asked
        return asked

    def _holds(self, expression: Expression, *, outcome: bool) -> str:
        """What is true of values for which an expression has this outcome, and of no others; it may be cut short."""
        match expression:
            case Known(fact):
                return f"{self._value(fact)} is {'not ' if outcome else ''}None"
            case Holds(fact):
                return self._value(fact) if outcome else f"{self._value(fact)} is False"
            case Compare(fact) | IsIn(fact):
                value = self._value(fact)
                test = f"{value} {self._test(expression)}"
                return f"({value} is not None and {test if outcome else f'({test}) is False'})"
            case Not(part):
                return self._holds(part, outcome=not outcome)
            case And(parts) | Or(parts):
                every = isinstance(expression, And) is outcome
                said = (" and " if every else " or ").join(self._holds(part, outcome=outcome) for part in parts)
                return f"({said or every})"
            case Clause(expression=inner_expression):
                return self._holds(inner_expression, outcome=outcome)
        assert_never(expression)

    def _test(self, leaf: Compare | IsIn) -> str:
        """What is asked of a value that is known. A range answers with None where only some of it holds."""
        if isinstance(leaf, IsIn):
            return f"in {self._constant(frozenset(leaf.choices))}"
        return f"{leaf.operator} {leaf.bound if isinstance(leaf.bound, int) else self._constant(leaf.bound)}"

    def _value(self, fact: str) -> str:
        if fact not in self._found:
            self._lines.append(f"value_{len(self._lines)} = values[{fact!r}]")
            self._found[fact] = f"value_{len(self._lines) - 1}"
        return self._found[fact]

    def _joined(self, parts: tuple[Expression, ...], *, settled_by: bool) -> str:
        names = [self.write(part) for part in parts]
        settled = " or ".join(name if settled_by else f"{name} is False" for name in names) or "False"
        unknown = " or ".join(f"{name} is None" for name in names) or "False"
        return self._line(f"{settled_by} if {settled} else None if {unknown} else {not settled_by}")

    def _line(self, outcome: str) -> str:
        name = f"outcome_{len(self.names)}"
        self.names.append(name)
        self._lines.append(f"{name} = {outcome}")
        return name

    def _constant(self, value: object) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants[name] = value
        return name


@dataclass(frozen=True, slots=True)
class Annotated:
    """A node of an expression with its outcome, and its parts with theirs. Numbered clauses are not nodes here."""

    expression: Known | Holds | Compare | IsIn | Not | And | Or
    outcome: Outcome
    parts: tuple["Annotated", ...] = ()


def annotated(expression: Expression, outcomes: list[Outcome]) -> Annotated:
    """An expression with the outcome of each of its nodes. ``outcomes`` is its whole trail."""
    return _annotated(expression, iter(outcomes))


def _annotated(expression: Expression, outcomes: Iterator[Outcome]) -> Annotated:
    match expression:
        case Known() | Holds() | Compare() | IsIn():
            return Annotated(expression, next(outcomes))
        case Not(part):
            inner = _annotated(part, outcomes)
            return Annotated(expression, next(outcomes), (inner,))
        case And(parts) | Or(parts):
            below = tuple(_annotated(part, outcomes) for part in parts)
            return Annotated(expression, next(outcomes), below)
        case Clause(expression=inner_expression):
            return _annotated(inner_expression, outcomes)
    assert_never(expression)


def unsettled_facts(expression: Expression, outcomes: list[Outcome]) -> list[str]:
    """Name the unknown facts behind an unknown outcome, in the order in which the expression speaks of them.

    ``outcomes`` is the trail of the whole expression. A part that is settled names nothing, even where it holds an
    unknown fact: knowing it would change nothing. Empty when the expression itself is settled.
    """
    return list(dict.fromkeys(_unsettled(annotated(expression, outcomes))))


def _unsettled(node: Annotated) -> Iterator[str]:
    if node.outcome is None:
        match node.expression:
            case Known(fact) | Holds(fact) | Compare(fact) | IsIn(fact):
                yield fact
            case Not() | And() | Or():
                for part in node.parts:
                    yield from _unsettled(part)
            case _:
                assert_never(node.expression)
