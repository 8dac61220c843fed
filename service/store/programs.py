"""The programs that decisions were taken under: each is stored once, under its digest, and never changed.

Decisions of before there were digests name none. They were all taken under one program, but for its parameters: that of
``first_program.json``, where a parameter stands as ``{"parameter": name}``. The file never changes either.
"""

import hashlib
from collections.abc import Container, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlmodel import Session

from service.domain.drafts import parameters_of
from service.domain.duties.program import DutyParameters
from service.domain.parameters import AnyParameters, Parameters
from service.domain.policy import Policy
from service.domain.program import Program
from service.domain.program_json import program_digest, program_from, program_json
from service.store.batch import Writes
from service.store.tables.decisions import ProgramRow

PARAMETERS = TypeAdapter(Parameters)
ANY_PARAMETERS: dict[type[AnyParameters], TypeAdapter[Any]] = {
    Parameters: PARAMETERS,
    DutyParameters: TypeAdapter(DutyParameters),
}
PROGRAMS = "SELECT digest, program FROM programs WHERE digest"
"""Programs as they are stored; each database says in its own way which."""
PROGRAM_COLUMNS = ("digest", "program")


def new_programs(writes: Writes, known: Container[str | int]) -> list[tuple[Any, ...]]:
    """The rows of the programs that a batch decides under and that are not known to be there."""
    policies = (recorded.decision.policy for recorded in writes.decisions)
    programs = dict.fromkeys(policy.program for policy in policies if isinstance(policy, Policy))
    return [
        (program_digest(program), program_json(program).decode())
        for program in programs
        if program_digest(program) not in known
    ]


def keep_program(session: Session, digest: str, program: bytes) -> None:
    """Store a program that is not there yet."""
    # It is looked for first: SQLite refuses whatever might take the place of a row.
    if session.get(ProgramRow, digest) is None:
        session.connection().execute(_KEEP, {"digest": digest, "program": program.decode()})


_KEEP = text("INSERT INTO programs (digest, program) VALUES (:digest, :program) ON CONFLICT DO NOTHING")


def load_parameters(policy_id: str, text: str) -> AnyParameters:
    """The parameters of a revision of a policy that a row holds: what it does not state has the value of the handbook.

    Raises:
        LookupError: this release does not know the policy.
    """
    parameters: AnyParameters = ANY_PARAMETERS[parameters_of(policy_id)].validate_json(text)
    return parameters


def parameters_json(parameters: AnyParameters) -> str:
    """The parameters as a row holds them."""
    return ANY_PARAMETERS[type(parameters)].dump_json(parameters).decode()


def load_program(text: str) -> Program:
    """The program that a row holds.

    Raises:
        UnknownProcedureError: this release does not know how it is read.
    """
    return program_from(orjson.loads(text))


@lru_cache
def first_program(parameters: Parameters) -> Program:
    """The program of decisions that name none, with the parameters of their revision."""
    _, text = first_program_row(PARAMETERS.dump_python(parameters, mode="json"))
    return load_program(text)


def first_program_row(parameters: Mapping[str, Any]) -> tuple[str, str]:
    """The row of that program: its digest, and its JSON in the one spelling."""
    data = orjson.dumps(_with(_template(), parameters), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).hexdigest(), data.decode()


@cache
def _template() -> Any:  # noqa: ANN401 - JSON
    return orjson.loads((files("service.store") / "first_program.json").read_bytes())


def _with(data: Any, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    match data:
        case {"parameter": str(name)}:
            return parameters[name]
        case dict():
            return {key: _with(value, parameters) for key, value in data.items()}
        case list():
            return [_with(value, parameters) for value in data]
        case _:
            return data
