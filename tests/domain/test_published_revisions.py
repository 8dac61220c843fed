"""A published revision is read as the file of its name says, word for word."""

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from service.domain.clauses import Citation, IsIn
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.parts import Fork, Route
from service.domain.policies import BUILT_IN
from service.domain.policy import Policy
from service.domain.program import Program
from service.domain.terms import Team
from service.domain.vocabulary import PRIMARY_SOURCES
from service.domain.wording import clauses_of, formula_of, text_of
from tests.golden import HERE


@pytest.mark.parametrize("policy", [*BUILT_IN.published, fy23()], ids=lambda policy: f"{policy.id} {policy.version}")
def test_a_published_revision_is_read_as_it_is_written_down(policy: Policy) -> None:
    written = tomllib.loads((HERE / f"{policy.id}_revision_{policy.version}.toml").read_text())

    assert told(fy23()) == told(policy) == written


def test_another_revision_has_its_own_number_and_parameters() -> None:
    later = fy23(replace(FY23_PARAMETERS, in_crm_by=date(2022, 3, 1)), version=2)

    assert (later.id, later.version, later.parameters.in_crm_by) == ("fy23", 2, date(2022, 3, 1))
    assert text_of(later.steps["ROUTE-3/when"].expression).endswith("crm_created_on <= 2022-03-01")


def told(policy: Policy) -> dict[str, Any]:
    """A policy as data."""
    program = policy.program
    return {
        "id": policy.id,
        "version": policy.version,
        "title": policy.title,
        "effective_from": policy.effective_from,
        "parameters": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in policy.parameters.as_dict().items()
        },
        "step": [
            {"key": key, "title": step.title, "asks": text_of(step.expression), "cites": _cited(step.citation)}
            | _numbered(policy, key)
            for key, step in policy.steps.items()
        ],
        "source": [
            {"source": case.binds[0].word, "stands": case.step.key}
            for case in program.sources.cases
            if case.binds[0].word in PRIMARY_SOURCES
        ],
        "band": [{"segment": case.binds[0].word, "holds": case.step.key} for case in program.bands.cases],
        "route": [{"when": route.when.key} | _to(route, program) for route in program.routes.routes],
        "notice": {
            code.value: {"rule": notice.rule, "cites": _cited(notice.citation)}
            for code, notice in program.notices.items()
        },
    }


def _numbered(policy: Policy, key: str) -> dict[str, Any]:
    expression = policy.steps[key].expression
    clauses = [f"{clause.label}: {clause.title} ({_cited(clause.citation)})" for clause in clauses_of(expression)]
    return {"formula": formula_of(expression), "clauses": clauses} if clauses else {}


def _to(route: Route, program: Program) -> dict[str, Any]:
    to = route.to
    if isinstance(to, Team):
        return {"to": to.value}
    return _fork(to, program)


def _fork(fork: Fork, program: Program) -> dict[str, Any]:
    follows = IsIn("rule", (fork.test.rule,)) & IsIn("team", (fork.if_true,))
    action = {
        name: notify.code.value for notify in program.actions for name in ("action_if_true",) if notify.given == follows
    }
    return action | {
        "test": fork.test.key,
        "if_true": fork.if_true.value,
        "if_false": fork.if_false.value,
        "if_unknown": fork.if_unknown.value,
        "keeps": sorted(team.value for team in fork.keeps),
    }


def _cited(citation: Citation) -> str:
    return f"{citation.heading}, {citation.item}: {citation.gist}"
