"""Policies made for a test: a published one with its program changed."""

from collections.abc import Iterable
from dataclasses import replace

from service.domain.drafts import linted
from service.domain.lab.lint import Finding
from service.domain.parts import Ask, Case, FirstOf, Part, Route, Routes, Step
from service.domain.policy import AnyPolicy, Policy
from service.domain.vocabulary import crm_created_on


def with_program(policy: Policy, **changes: object) -> Policy:
    return replace(policy, program=replace(policy.program, **changes))  # type: ignore[arg-type]  # fields of a program


def with_routes(policy: Policy, routes: Iterable[Route]) -> Policy:
    return _with_part(policy, replace(policy.program.routes, routes=tuple(routes)))


def with_sources(policy: Policy, cases: Iterable[Case]) -> Policy:
    return _with_part(policy, replace(policy.program.sources, cases=tuple(cases)))


def with_bands(policy: Policy, cases: Iterable[Case]) -> Policy:
    return _with_part(policy, replace(policy.program.bands, cases=tuple(cases)))


def with_asked(policy: Policy, step: Step) -> Policy:
    """A policy that asks another question in place of the one of its key."""
    parts = [
        replace(part, step=step) if isinstance(part, Ask) and part.step.key == step.key else part
        for part in policy.program.parts
    ]
    return with_program(policy, parts=tuple(parts))


def _with_part(policy: Policy, changed: FirstOf | Routes) -> Policy:
    return with_program(policy, parts=tuple(changed if _same(part, changed) else part for part in policy.program.parts))


def _same(part: Part, changed: FirstOf | Routes) -> bool:
    named = isinstance(part, FirstOf) and isinstance(changed, FirstOf) and part.name == changed.name
    return named or (isinstance(part, Routes) and isinstance(changed, Routes))


def reordered(policy: Policy) -> Policy:
    """The policy with two of its sources swapped, and its last route moved before its third."""
    vp, datafox, zoominfo, *others = policy.program.sources.cases
    first, second, *rest, last = policy.program.routes.routes
    return with_routes(with_sources(policy, (vp, zoominfo, datafox, *others)), (first, second, last, *rest))


def demanding_a_day(policy: Policy) -> Policy:
    """The policy whose last route asks for the day on which an account was created: without it, no rule covers some."""
    *routes, last = policy.program.routes.routes
    when = last.when
    asked = Step(when.rule, when.part, when.title, crm_created_on.is_known & when.expression, when.citation)
    return with_routes(policy, (*routes, replace(last, when=asked)))


_FOUND: dict[str, tuple[Finding, ...]] = {}


def found_in(policy: AnyPolicy) -> tuple[Finding, ...]:
    """What is odd in a policy, found but once for each program."""
    digest = policy.digest
    if digest not in _FOUND:
        _FOUND[digest] = linted(policy)
    return _FOUND[digest]
