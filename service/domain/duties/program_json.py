"""A program of duties written down, and read back: what was found under it is explained by it for good."""

import hashlib
from functools import lru_cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from service.domain.duties.program import PROCEDURE, Duty, DutyParameters, DutyProgram, ReminderRule
from service.domain.duties.terms import DutyCode
from service.domain.parts import Given
from service.domain.questions_json import (
    UnknownProcedureError,
    citation_data,
    citation_from,
    expression_data,
    expression_from,
    step_data,
    step_from,
)

PARAMETERS = TypeAdapter(DutyParameters)


@lru_cache(32)
def duty_program_json(program: DutyProgram) -> bytes:
    """The program as JSON: alike programs are the same bytes."""
    data = {
        "procedure": program.procedure,
        "parameters": program.parameters.as_stated(),
        "open": step_data(program.open),
        "commercial": step_data(program.commercial),
        "duties": [_duty_data(duty) for duty in program.duties],
    }
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def duty_program_digest(program: DutyProgram) -> str:
    """What names the program: the SHA-256 of its JSON."""
    return hashlib.sha256(duty_program_json(program)).hexdigest()


def duty_program_from_json(text: str | bytes) -> DutyProgram:
    """The program that a JSON is of.

    Raises:
        UnknownProcedureError: it is of a procedure that this release does not know.
    """
    data = orjson.loads(text)
    if data["procedure"] != PROCEDURE:
        raise UnknownProcedureError(data["procedure"])
    return DutyProgram(
        parameters=PARAMETERS.validate_python(data["parameters"]),
        open=step_from(data["open"]),
        commercial=step_from(data["commercial"]),
        duties=tuple(map(_duty_from, data["duties"])),
        procedure=data["procedure"],
    )


def _duty_data(duty: Duty) -> dict[str, Any]:
    reminders = [_reminder_data(reminder) for reminder in duty.reminders]
    return {
        "code": duty.code.value,
        "applies": step_data(duty.applies),
        "met": step_data(duty.met),
        "reminders": reminders,
    }


def _duty_from(data: dict[str, Any]) -> Duty:
    reminders = tuple(map(_reminder_from, data["reminders"]))
    return Duty(DutyCode(data["code"]), step_from(data["applies"]), step_from(data["met"]), reminders)


def _reminder_data(reminder: ReminderRule) -> dict[str, Any]:
    said = {"code": reminder.code, "text": reminder.text, "required": reminder.required}
    return said | {"given": expression_data(reminder.given.expression), "cites": citation_data(reminder.citation)}


def _reminder_from(data: dict[str, Any]) -> ReminderRule:
    given, citation = Given(expression_from(data["given"])), citation_from(data["cites"])
    return ReminderRule(data["code"], data["text"], given, citation, data["required"])
