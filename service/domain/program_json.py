"""A program as data, and back: JSON with one spelling, named by its SHA-256.

Keys are sorted and nothing stands between them, numbers are whole and names are ASCII, so that the bytes are those of
RFC 8785. How questions are written stands in ``questions_json``.
"""

import hashlib
from dataclasses import asdict, fields
from functools import cache
from typing import Any, assert_never

import orjson
from pydantic import TypeAdapter

from service.domain.parameters import Parameters
from service.domain.parts import Ask, Bound, Case, Derived, FirstOf, Fork, Given, Notify, Part, Route, Routes
from service.domain.program import PROCEDURE, Ground, HandoffRules, MoveRules, NoticeRule, Program
from service.domain.questions_json import (
    UnknownProcedureError,
    citation_data,
    citation_from,
    expression_data,
    expression_from,
    given_data,
    given_from,
    step_data,
    step_from,
)
from service.domain.terms import NoticeCode, Team

Json = dict[str, Any]
_PARAMETERS = TypeAdapter(Parameters)


@cache
def program_json(program: Program) -> bytes:
    """The program in its one spelling."""
    return orjson.dumps(program_data(program), option=orjson.OPT_SORT_KEYS)


@cache
def program_digest(program: Program) -> str:
    """What names the program: the SHA-256 of its JSON, in hexadecimal."""
    return hashlib.sha256(program_json(program)).hexdigest()


def program_data(program: Program) -> Json:
    """The program as JSON has it."""
    return {
        "procedure": program.procedure,
        "parameters": _PARAMETERS.dump_python(program.parameters, mode="json"),
        "derived": [_derived_data(each) for each in program.derived],
        "parts": [_part_data(part) for part in program.parts],
        "advice": [_notify_data(each) for each in program.advice],
        "actions": [_notify_data(each) for each in program.actions],
        "moves": _rules_data(program.moves),
        "handoff": _rules_data(program.handoff),
        "notices": {code.value: _notice_data(notice) for code, notice in program.notices.items()},
        "stated_as": dict(program.stated_as),
        "grounds": {rule: [asdict(each) for each in grounds] for rule, grounds in program.grounds.items()},
        "texts": dict(program.texts),
    }


def program_from(data: Json) -> Program:
    """The program that ``program_data`` gave.

    Raises:
        UnknownProcedureError: another release's procedure reads it.
        ValueError, KeyError: it is no program.
    """
    if data["procedure"] not in range(1, PROCEDURE + 1):
        raise UnknownProcedureError(f"Only procedures up to {PROCEDURE} are known, not {data['procedure']}")
    return Program(
        parameters=_PARAMETERS.validate_json(orjson.dumps(data["parameters"])),
        derived=tuple(map(_derived_from, data["derived"])),
        parts=tuple(map(_part_from, data["parts"])),
        advice=tuple(map(_notify_from, data["advice"])),
        actions=tuple(map(_notify_from, data["actions"])),
        moves=MoveRules(**{name: step_from(step) for name, step in data["moves"].items()}),
        handoff=HandoffRules(**{name: step_from(step) for name, step in data["handoff"].items()}),
        notices={NoticeCode(code): _notice_from(notice) for code, notice in data["notices"].items()},
        stated_as=data["stated_as"],
        grounds={rule: tuple(Ground(**each) for each in grounds) for rule, grounds in data["grounds"].items()},
        texts=data["texts"],
        procedure=data["procedure"],
    )


def _rules_data(rules: MoveRules | HandoffRules) -> Json:
    # What is not asked is not written either: a program of before has the same digest today.
    steps = {item.name: getattr(rules, item.name) for item in fields(rules)}
    return {name: step_data(step) for name, step in steps.items() if step is not None}


def _derived_data(derived: Derived) -> Json:
    value = {} if derived.value_of is None else {"value_of": derived.value_of}
    return {"derive": derived.name, "given": expression_data(derived.given)} | value


def _derived_from(data: Json) -> Derived:
    return Derived(data["derive"], expression_from(data["given"]), data.get("value_of"))


def _part_data(part: Part) -> Json:
    match part:
        case FirstOf(name, cases, given):
            return {"first_of": name, "cases": [_case_data(case) for case in cases]} | given_data(given)
        case Ask(step, given):
            return {"ask": step_data(step)} | given_data(given)
        case Routes(routes, given, unrouted, wanting, doubtful):
            wanted: Json = {"unrouted": unrouted, "wanting": [*wanting]}
            wanted |= {} if doubtful is None else {"doubtful": expression_data(doubtful.expression)}
            return {"routes": [_route_data(route) for route in routes]} | wanted | given_data(given)
    assert_never(part)


def _part_from(data: Json) -> Part:
    match data:
        case {"first_of": str(name), "cases": [*cases]}:
            return FirstOf(name, tuple(map(_case_from, cases)), given_from(data))
        case {"ask": step}:
            return Ask(step_from(step), given_from(data))
        case {"routes": [*routes], "unrouted": str(rule), "wanting": [*wanting], "given": given}:
            doubtful = Given(expression_from(data["doubtful"])) if "doubtful" in data else None
            return Routes(
                tuple(map(_route_from, routes)), Given(expression_from(given)), rule, tuple(wanting), doubtful
            )
    raise ValueError(f"{data!r} is no part of a program")


def _case_data(case: Case) -> Json:
    binds = {bound.name: _bound_data(bound) for bound in case.binds}
    return {"step": step_data(case.step), "binds": binds} | given_data(case.given)


def _bound_data(bound: Bound) -> Json:
    return {"word": bound.word} if bound.value_of is None else {"value_of": bound.value_of}


def _case_from(data: Json) -> Case:
    binds = tuple(Bound(name, **bound) for name, bound in data["binds"].items())
    return Case(step_from(data["step"]), binds, given_from(data))


def _route_data(route: Route) -> Json:
    needless = {} if route.needless is None else {"needless": expression_data(route.needless.expression)}
    when, to = {"when": step_data(route.when)} | needless, route.to
    if isinstance(to, Team):
        return when | {"to": to.value}
    teams = {"if_true": to.if_true.value, "if_false": to.if_false.value, "if_unknown": to.if_unknown.value}
    return when | {"fork": step_data(to.test)} | teams | {"keeps": [team.value for team in to.keeps]}


def _route_from(data: Json) -> Route:
    when = step_from(data["when"])
    needless = Given(expression_from(data["needless"])) if "needless" in data else None
    if "to" in data:
        return Route(when, Team(data["to"]), needless)
    teams = {name: Team(data[name]) for name in ("if_true", "if_false", "if_unknown")}
    fork = Fork(test=step_from(data["fork"]), keeps=tuple(map(Team, data["keeps"])), **teams)
    return Route(when, fork, needless)


def _notify_data(notify: Notify) -> Json:
    return {"code": notify.code.value, "given": expression_data(notify.given)}


def _notify_from(data: Json) -> Notify:
    return Notify(NoticeCode(data["code"]), expression_from(data["given"]))


def _notice_data(notice: NoticeRule) -> Json:
    said = {"rule": notice.rule, "text": notice.text, "of_the_decision": notice.of_the_decision}
    return said | {"cites": citation_data(notice.citation)}


def _notice_from(data: Json) -> NoticeRule:
    return NoticeRule(data["rule"], citation_from(data["cites"]), data["text"], data["of_the_decision"])
