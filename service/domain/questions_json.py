"""Questions as data, and back: what every program is written down with.

An expression is an object of one word: ``{"known": fact}``, ``{"holds": fact}``, ``{"all": [...]}``,
``{"any": [...]}``, ``{"not": ...}``; ``{"fact": ..., "is": "<", "bound": ...}``, where a day is ``{"day": ...}``;
``{"fact": ..., "in": [...]}``; and a numbered clause is ``{"clause": label, "title": ..., "says": ..., "cites": ...}``.
"""

from datetime import date
from typing import Any, assert_never

from service.domain.clauses import And, Citation, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or
from service.domain.parts import Given, Step

Json = dict[str, Any]


class UnknownProcedureError(ValueError):
    """A program that is read by a procedure that this release does not know."""


def expression_data(expression: Expression) -> Json:
    """An expression as JSON has it."""
    match expression:
        case Known(fact):
            return {"known": fact}
        case Holds(fact):
            return {"holds": fact}
        case Compare(fact, sign, bound):
            return {"fact": fact, "is": sign, "bound": {"day": bound.isoformat()} if isinstance(bound, date) else bound}
        case IsIn(fact, choices):
            return {"fact": fact, "in": [*choices]}
        case Not(part):
            return {"not": expression_data(part)}
        case And(parts):
            return {"all": [expression_data(part) for part in parts]}
        case Or(parts):
            return {"any": [expression_data(part) for part in parts]}
        case Clause(label, title, inner, citation):
            return {"clause": label, "title": title, "says": expression_data(inner), "cites": citation_data(citation)}
    assert_never(expression)


def expression_from(data: Json) -> Expression:
    """The expression that ``expression_data`` gave.

    Raises:
        ValueError: it is none.
    """
    match data:
        case {"known": str(fact)}:
            return Known(fact)
        case {"holds": str(fact)}:
            return Holds(fact)
        case {"fact": str(fact), "is": "<" | "<=" | ">" | ">=" as sign, "bound": {"day": str(day)}}:
            return Compare(fact, sign, date.fromisoformat(day))
        case {"fact": str(fact), "is": "<" | "<=" | ">" | ">=" as sign, "bound": int(bound)}:
            return Compare(fact, sign, bound)
        case {"fact": str(fact), "in": [*choices]}:
            return IsIn(fact, tuple(map(str, choices)))
        case {"not": part}:
            return Not(expression_from(part))
        case {"all": [*parts]}:
            return And(tuple(map(expression_from, parts)))
        case {"any": [*parts]}:
            return Or(tuple(map(expression_from, parts)))
        case {"clause": str(label), "title": str(title), "says": inner, "cites": citation}:
            return Clause(label, title, expression_from(inner), citation_from(citation))
    raise ValueError(f"{data!r} is no expression")


def citation_data(citation: Citation) -> Json:
    """A place in the handbook as JSON has it."""
    # One pin is written as it was when there never were more: a program of then has the same digest today.
    where, pins = {"heading": citation.heading, "item": citation.item, "gist": citation.gist}, citation.pins
    return where | ({"sentence_sha256": pins[0]} if len(pins) == 1 else {"sentences_sha256": [*pins]})


def citation_from(data: Json) -> Citation:
    """The place that ``citation_data`` gave."""
    pins = (data["sentence_sha256"],) if "sentence_sha256" in data else tuple(data["sentences_sha256"])
    return Citation(data["heading"], data["item"], data["gist"], pins)


def given_data(given: Given | None) -> Json:
    """Where something holds, as JSON has it: nothing, where it holds everywhere."""
    return {} if given is None else {"given": expression_data(given.expression)}


def given_from(data: Json) -> Given | None:
    """What ``given_data`` gave."""
    return Given(expression_from(data["given"])) if "given" in data else None


def step_data(step: Step) -> Json:
    """A question as JSON has it."""
    asks, cites = expression_data(step.expression), citation_data(step.citation)
    return {"rule": step.rule, "part": step.part, "title": step.title, "asks": asks, "cites": cites}


def step_from(data: Json) -> Step:
    """The question that ``step_data`` gave."""
    citation = citation_from(data["cites"])
    return Step(data["rule"], data["part"], data["title"], expression_from(data["asks"]), citation)
