"""Forms made of what is stated over the API: the fields of a model as a page prints them, and read from what was typed.

The one place that knows how a field of a model is asked for: as a day, an amount, a choice, lines, or text.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar

import orjson
from markupsafe import Markup, escape
from pydantic import BaseModel, ValidationError

from service.crm.payloads import printable
from service.domain.terms import Segment, Team
from service.entrypoints.common.problems import FieldError, ProblemError, field_errors, invalid_request
from service.entrypoints.common.reasons import reason
from service.entrypoints.console.times import instant_typed
from service.entrypoints.console.words import segment_words, team_words

Model = TypeVar("Model", bound=BaseModel)
Typed = Mapping[str, str]
ONCE = "once"
"""The field of a form that is made with its page: sent twice, the form does what it does once."""
_LONGEST_LINE = 1000
_WHOLE = re.compile(r"\d{1,12}|\d{1,3}(,\d{3}){1,3}", re.ASCII)
_NULL = re.compile(r"(; |\. )?(0 and )?null(:| is| mean)[^;.]*", re.ASCII)
"""What a description says of null, which no form has."""
_NOT_OF_ITS_KIND = "Input should be "
_NO_INSTANT = "An instant is written"
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_SHOWN = {"day": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), "moment": _LOCAL}
_WRITTEN = {
    "amount": "Write an amount in digits, as 1200.50.",
    "moment": "Write a day and a time that there are, as 2022-03-15T09:30.",
    "number": "Write a whole number, as 1200.",
    "choice": "Choose one of these.",
}
_LABELS = {
    "account_id": "Account",
    "appropriate": "A TAM is appropriate",
    "close_on": "Forecast to close on",
    "could_close": "It could close in that month",
    "deck_url": "Link to the deck",
    "in_question": "Why the receiver is in question, if so",
    "net_arr": "nARR in US dollars",
    "net_arr_affected": "Net ARR is affected",
    "other_mql": "Other MQL",
    "expected_net_arr_next_12_months": "Net ARR expected over the next 12 months",
    "first_order_ae": "First Order AE",
    "immediate_potential": "Immediate potential in US dollars",
    "initial_amount": "Initial amount in US dollars",
    "named_ae": "AE who takes over",
    "next_opportunity_net_arr": "Net ARR of the next opportunity",
    "none_expected": "Why none is expected",
    "on": "Day asked for",
    "opportunity_id": "Opportunity",
    "mode": "How",
    "sdr": "SDR",
    "asm": "ASM",
    "at": "When",
    "has_phone": "There is a phone number",
    "team": "Who receives the account",
    "url": "Address on the web",
    "why_gitlab": "Why GitLab was chosen",
}
_HINTS = {
    "at": "Left empty, now.",
    "gap": "What is wrong with its number, which is then set aside.",
    "total_users": "Left empty, who receives the account is escalated.",
}
"""Where a description speaks of other fields, what a form says in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of a form. ``kind`` says how it is asked for; ``error`` what is wrong with what was typed."""

    name: str
    label: str
    kind: str
    hint: str
    required: bool
    value: str
    error: str
    most: int | None
    choices: Sequence[tuple[str, str]] = ()

    @property
    def kept(self) -> Markup:
        """What was typed, character by character: what cannot be seen stands in the page as a reference."""
        marks = (
            each if each == "\n" or printable(each) == each else f"&#{ord(each)};"
            for each in escape(self.value.replace("\r\n", "\n"))
        )
        return Markup("".join(marks))  # noqa: S704 - it is escaped


def fields_of(
    model: type[BaseModel],
    typed: Typed,
    problem: ProblemError | None = None,
    *,
    only: Sequence[str] = (),
    without: Collection[str] = (),
    prefix: str = "",
) -> list[FieldView]:
    """The fields of a form, with what was typed, and what is wrong with it: of ``only`` some, these in their order.

    ``prefix`` begins the name of each.
    """
    wrong = wrong_of(problem)
    found = [
        _view(name, schema, typed.get(prefix + name, ""), wrong.get(prefix + name, ""), prefix, required=required)
        for name, schema, required in _properties(model)
        if name not in without and (not only or name in only)
    ]
    order = [prefix + name for name in only]
    return sorted(found, key=lambda each: order.index(each.name)) if order else found


def read(model: type[Model], typed: Typed, **known: object) -> Model:
    """What was typed, as the model has it. ``known`` is what no field asks for.

    Raises:
        ProblemError: it is not valid; each error names its field.
    """
    try:
        return model.model_validate_json(orjson.dumps(stated(model, typed) | known))
    except ValidationError as error:
        raise invalid_request(field_errors(error.errors(include_url=False, include_context=False))) from None


def read_form(model: type[Model], typed: Typed) -> Model:
    """The fields of a form whose model is of the console alone: texts as they stand, without what was left empty.

    Raises:
        ProblemError: it is not valid; each error names its field.
    """
    filled = {name: text for name, text in typed.items() if text.strip() and name != ONCE}
    try:
        return model.model_validate(filled)
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), reason(each)) for each in error.errors()]
        raise invalid_request(errors) from None


def with_instants(model: type[BaseModel], typed: Typed, zone: tzinfo) -> dict[str, str]:
    """What was typed, with its days and times, which are those of a time zone, as the instants that they are."""
    found = dict(typed)
    for name, schema, _ in _properties(model):
        text = typed.get(name, "").strip()
        if _kind(schema) == "moment" and _LOCAL.fullmatch(text) and (at := instant_typed(text, zone)) is not None:
            found[name] = at.isoformat(timespec="microseconds")  # else it stays as it is, and is refused
    return found


def stated(model: type[BaseModel], typed: Typed, *, prefix: str = "") -> dict[str, Any]:
    """What was typed of a model, as JSON has it: what was left empty is not there."""
    found: dict[str, Any] = {}
    for name, schema, required in _properties(model):
        kind, text = _kind(schema), typed.get(prefix + name, "").replace("\r\n", "\n").strip()
        if kind == "lines":
            lines = [line.strip() for line in text.split("\n") if line.strip()]
            if lines or (required and not schema.get("minItems")):
                found[name] = lines
        elif kind == "answer" and text in {"yes", "no"}:
            found[name] = text == "yes"
        elif kind == "number" and _WHOLE.fullmatch(text):
            found[name] = int(text.replace(",", ""))
        elif text:
            found[name] = text
    return found


def wrong_of(problem: ProblemError | None) -> dict[str, str]:
    """What is wrong with each field, by its name."""
    errors = () if problem is None else problem.errors
    return {field_of(each.pointer): _sentence(each.detail) for each in reversed(errors)}


def elsewhere(problem: ProblemError | None, fields: Iterable[FieldView]) -> list[str]:
    """What is wrong that stands beside no field of a form."""
    if problem is None:
        return []
    names = {each.name for each in fields}
    left = [_sentence(each.detail) for each in problem.errors if field_of(each.pointer) not in names]
    return left if problem.errors else [_sentence(problem.detail)]


def moved_errors(problem: ProblemError, names: Mapping[str, str]) -> ProblemError:
    """A problem whose errors name other fields, by the beginning of the pointer."""
    errors = []
    for each in problem.errors:
        start = next((old for old in names if f"{each.pointer}/".startswith(f"{old}/")), None)
        pointer = each.pointer if start is None else names[start] + each.pointer.removeprefix(start).replace("/", ".")
        errors.append(FieldError(pointer, each.detail))
    return ProblemError(problem.code, problem.detail, errors, problem.headers)


def field_of(pointer: str) -> str:
    """The name of the field that a pointer points at, or into."""
    parts = [part for part in pointer.split("/") if part and part != "evidence"]
    return parts[0] if parts else "evidence" if pointer.endswith("/evidence") else pointer


def label_of(name: str) -> str:
    """What a field is called on a page."""
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def _sentence(detail: str) -> str:
    text = f"This {detail}" if detail.startswith(("is ", "holds ", "should ")) else detail
    return f"{text[0].upper()}{text[1:]}" + ("" if text.endswith((".", ")")) else ".")


def _properties(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Each field with its schema, in which what it refers to stands in its place, and whether it has to be stated."""
    whole = model.model_json_schema()
    required = set(whole.get("required", ()))
    for name, schema in whole["properties"].items():
        yield name, _plain(schema, whole.get("$defs", {})), name in required


def _plain(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in schema.items() if name not in {"$ref", "anyOf", "allOf"}}
    if "$ref" in schema:
        return {**_plain(definitions[schema["$ref"].rpartition("/")[2]], definitions), **own}
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        return {**_plain(choices[0], definitions), **own}
    return {**own, "choices": choices} if choices else own


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "choice"
    match schema.get("type"):
        case "boolean":
            return "answer"
        case "array":
            return "lines"
        case "string" if schema.get("format") == "date":
            return "day"
        case "string" if schema.get("format") == "date-time":
            return "moment"
        case "string" if str(schema.get("pattern", "")).startswith(("^https", "^(?:https")):
            return "address"
        case "string" if schema.get("maxLength", 0) > _LONGEST_LINE:
            return "prose"
        case "string":
            return "text"
        case "integer" | ["integer", "string"]:
            return "number"
        case _:
            return "amount"


def _view(name: str, schema: Mapping[str, Any], value: str, error: str, prefix: str, *, required: bool) -> FieldView:
    kind = _kind(schema)
    if error.startswith((_NOT_OF_ITS_KIND + "a valid", _NO_INSTANT)) or (
        error.startswith(_NOT_OF_ITS_KIND) and kind == "choice"
    ):
        error = _WRITTEN.get(kind, error)
    if kind == "number" and "string" in schema["type"]:
        error = error.replace("1200.", "1200, or a range, as 201-500.")
    choices = [("yes", "Yes"), ("no", "No")] if kind == "answer" else [_choice(each) for each in schema.get("enum", ())]
    return FieldView(
        name=prefix + name,
        label=label_of(name),
        kind="choice" if choices else kind if _is_shown(kind, value) else "text",
        hint=_HINTS.get(name, _NULL.sub("", schema.get("description", "")))
        + (" One on each line." if kind == "lines" else ""),
        required=required and not (kind == "lines" and not schema.get("minItems")),
        value=value,
        error=error,
        most=schema.get("maxLength"),
        choices=choices,
    )


def _is_shown(kind: str, value: str) -> bool:
    """Whether a browser's field of a kind shows a value: of a day or a time that there is not, it shows nothing."""
    written = _SHOWN.get(kind)
    if written is None or not value:
        return True
    with suppress(ValueError):
        return written.fullmatch(value) is not None and bool(datetime.fromisoformat(value))
    return False


def _choice(value: str) -> tuple[str, str]:
    if value in set(Segment):
        return value, segment_words(Segment(value))
    return value, team_words(Team(value)) if value in set(Team) else label_of(value)
