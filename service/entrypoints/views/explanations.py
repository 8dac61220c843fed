"""An explanation as JSON, quickly: what is said of an answer is written once, and facts alone for each decision.

It writes what ``service.domain.explain`` explains, to the letter; a test holds the two together.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.clauses import Citation, Outcome
from service.domain.decision import Decision
from service.domain.explain import ExplainedClause, Words, values_of, words_of
from service.domain.parts import Step
from service.domain.policy import Policy, UnknownRevision
from service.domain.ranges import Range
from service.entrypoints.common.encoding import to_json


class CitationBody(TypedDict):
    """Where the handbook says so."""

    heading: Annotated[str, Field(description="The heading that it stands under.")]
    item: Annotated[str, Field(description="The item or paragraph there.")]
    gist: Annotated[str, Field(description="What it says, in our words.")]


class ClauseBody(TypedDict):
    """One clause of an explanation; `outcome` is null for unknown."""

    rule: Annotated[str, Field(description="The rule that it belongs to, such as ROUTE-3.")]
    clause: Annotated[str, Field(description="Its name or number within the rule.")]
    title: Annotated[str, Field(description="What it asks, in a few words.")]
    text: Annotated[str, Field(description="What it asks, as a formula over facts.")]
    outcome: Annotated[bool | None, Field(description="Whether it holds; null is unknown.")]
    facts: Annotated[dict[str, Any], Field(description="The facts that the clause read; null is unknown.")]
    citation: Annotated[CitationBody | None, Field(description="Where the handbook says so; null for a mere part.")]
    children: Annotated[Sequence["ClauseBody"], Field(description="The clauses that it is made of, in order.")]


class ReminderBody(TypedDict):
    """What a person must do, or may think of."""

    code: Annotated[str, Field(description="What it is, for programs.")]
    text: Annotated[str, Field(description="What it is, for people.")]
    rule: Annotated[str, Field(description="The rule that it rests on.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]


_ANSWERS = 4_096
"""So many answers to questions are kept as text: few ever occur."""
_OUTCOMES: dict[Outcome, bytes] = {True: b"true", False: b"false", None: b"null"}


class _Values(dict[str, bytes]):
    """Facts by name as JSON, each written when it is first asked for."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__()
        self._values = values

    def __missing__(self, fact: str) -> bytes:
        value = self._values[fact]
        if value is None or isinstance(value, bool):
            written = _OUTCOMES[value]
        else:
            written = to_json(str(value) if isinstance(value, Range) else value)
        self[fact] = written
        return written


def render_citation(citation: Citation) -> CitationBody:
    """Where the handbook says so."""
    return {"heading": citation.heading, "item": citation.item, "gist": citation.gist}


def render_clause(clause: ExplainedClause) -> ClauseBody:
    """A clause of an explanation, as ``explanation_json`` writes it."""
    return {
        "rule": clause.rule,
        "clause": clause.clause,
        "title": clause.title,
        "text": clause.text,
        "outcome": clause.outcome,
        "facts": clause.facts,
        "citation": None if clause.citation is None else render_citation(clause.citation),
        "children": [render_clause(child) for child in clause.children],
    }


def explanation_json(decision: Decision, policy: Policy | UnknownRevision) -> bytes:
    """The explanation of a decision: a JSON array of clauses."""
    if isinstance(policy, UnknownRevision):
        return b"[]"
    values = _Values(values_of(decision, policy))
    told = (_form(policy.steps[key], tuple(outcomes)) for key, outcomes in decision.trail)
    # Every clause is followed by a comma; the last one gives way to the bracket.
    return b"[" + b"".join([form % tuple([values[fact] for fact in facts]) for form, facts in told])[:-1] + b"]"


@lru_cache(maxsize=_ANSWERS)
def _form(step: Step, outcomes: tuple[Outcome, ...]) -> tuple[bytes, tuple[str, ...]]:
    """A step that was answered so, but for the values of its facts, and the names of these."""
    pieces = [piece for words in words_of(step) for piece in (*_pieces(words, outcomes), b",")]
    form = b"".join(piece.replace(b"%", b"%%") if isinstance(piece, bytes) else b"%b" for piece in pieces)
    return form, tuple(piece for piece in pieces if isinstance(piece, str))


def _pieces(words: Words, outcomes: tuple[Outcome, ...]) -> Iterator[bytes | str]:
    """What is said of a clause, and in its place the name of each fact."""
    said = {"rule": words.rule, "clause": words.clause, "title": words.title, "text": words.text}
    yield to_json(said)[:-1] + b',"outcome":' + _OUTCOMES[outcomes[words.place]] + b',"facts":{'
    for place, fact in enumerate(words.facts):
        yield (b"," if place else b"") + to_json(fact) + b":"
        yield fact
    yield b'},"citation":' + _citation(words) + b',"children":['
    for place, child in enumerate(words.children):
        yield b"," if place else b""
        yield from _pieces(child, outcomes)
    yield b"]}"


def _citation(words: Words) -> bytes:
    return b"null" if words.citation is None else to_json(render_citation(words.citation))
