"""Golden cases: requests with their decisions, and requests that are refused, as data that every reader can run."""

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from service.domain.facts import Facts
from tests.builders import Request, posted

HERE = Path(__file__).parent
DECIDED = ("worked_examples", "segmentation", "routing")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The decision that a case expects. ``leading_employees`` is compared where the case gives it."""

    status: str
    rule: str
    segment: str | None = None
    team: str | None = None
    leading_source: str | None = None
    leading_employees: int | None = None
    missing_facts: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    recommended_segment: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request and the decision that it gets, with the VP's segment where a decision of theirs stands."""

    title: str
    request: Request
    vp_segment: str | None
    expect: Expected

    @property
    def facts(self) -> Facts:
        """The facts of the request, read as JSON."""
        return posted(self.request, self.vp_segment)

    @property
    def on(self) -> date:
        """The day on which the decision takes effect."""
        return date.fromisoformat(self.request["effective_on"])


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A request that is refused: the field at fault, the stable code, and a part of the sentence."""

    title: str
    request: Request
    pointer: str
    code: str
    says: str

    @property
    def json(self) -> str:
        """The request's body."""
        return json.dumps(self.request)


def decided_cases(*names: str) -> list[Case]:
    """The cases of the named files, or of every file."""
    return [
        Case(
            title=table["title"],
            request=table["request"],
            vp_segment=table.get("vp_decision", {}).get("segment"),
            expect=Expected(**{key: _hashable(value) for key, value in table["expect"].items()}),
        )
        for name in names or DECIDED
        for table in _cases(name)
    ]


def refused_cases() -> list[Refusal]:
    """The requests that are refused."""
    return [Refusal(**table) for table in _cases("refused")]


def _cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = tomllib.loads((HERE / f"{name}.toml").read_text())["case"]
    return cases


def _hashable(value: Any) -> Any:  # noqa: ANN401 - whatever TOML has
    return tuple(value) if isinstance(value, list) else value
