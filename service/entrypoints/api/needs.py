"""How much a body may need, computed from its schema: no larger one is read, and none that has more in it parsed."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
_ESCAPED = 12
"""The bytes of the longest way to write a character: a surrogate pair, each half as an escape."""
_LAYOUT = 64
"""The bytes that are left to a member for its comma, its colon, and the blanks that make it readable."""
_NUMBER = 64
_LONGEST = {"date": 10, "date-time": 40, "uuid": 36}
_KIB = 1024


class Need(NamedTuple):
    """The most bytes that something valid takes, and the most members and items in it. Infinite where nothing says."""

    size: float
    members: float


UNBOUNDED = Need(math.inf, math.inf)


def needs_of(document: Schema) -> dict[tuple[str, str], Need]:
    """What the body of each operation of an OpenAPI document needs, by method and path; the bytes as whole KiB."""
    found = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                size, members = _need(content["schema"], document["components"]["schemas"])
                whole = size if math.isinf(size) else math.ceil(size / _KIB) * _KIB
                found[method.upper(), path] = Need(whole, members)
    return found


def _need(schema: Schema, definitions: Schema) -> Need:
    if "$ref" in schema:
        named = definitions[schema["$ref"].rpartition("/")[2]]
        # Beside what it refers to, bounds that hold here alone.
        narrower = {name: named["properties"][name] | more for name, more in schema.get("properties", {}).items()}
        return _need(named | {"properties": named["properties"] | narrower} if narrower else named, definitions)
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _largest([_need(each, definitions) for each in schema[choice]])
    if "enum" in schema or "const" in schema:
        return Need(max(len(str(value)) for value in [*schema.get("enum", ()), schema.get("const")]) * _ESCAPED + 2, 0)
    kinds = schema.get("type", ())
    needs = [_NEEDS[kind](schema, definitions) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    return _largest(needs) if needs else UNBOUNDED


def _largest(needs: Sequence[Need]) -> Need:
    return Need(max(need.size for need in needs), max(need.members for need in needs))


def _of_object(schema: Schema, definitions: Schema) -> Need:
    others = schema.get("additionalProperties", True)
    if others is not False:
        most, name = schema.get("maxProperties"), schema.get("propertyNames", {}).get("maxLength")
        if most is None or name is None or not isinstance(others, Mapping) or "properties" in schema:
            return UNBOUNDED
        each = _need(others, definitions)
        return Need(_LAYOUT + most * (name * _ESCAPED + 2 + _LAYOUT + each.size), most * (1 + each.members))
    members = {name: _need(each, definitions) for name, each in schema.get("properties", {}).items()}
    size = sum(len(name) * _ESCAPED + 2 + _LAYOUT + need.size for name, need in members.items())
    return Need(_LAYOUT + size, sum(1 + need.members for need in members.values()))


def _of_array(schema: Schema, definitions: Schema) -> Need:
    most, item = schema.get("maxItems", math.inf), _need(schema["items"], definitions)
    return Need(_LAYOUT + most * (item.size + _LAYOUT), most * (1 + item.members))


def _of_string(schema: Schema, _: Schema) -> Need:
    most = schema.get("maxLength", _LONGEST.get(schema.get("format", ""), math.inf))
    return Need(most * _ESCAPED + 2, 0)


def _of_scalar(*_: Schema) -> Need:
    return Need(_NUMBER, 0)


_NEEDS: dict[str, Callable[[Schema, Schema], Need]] = {
    "object": _of_object,
    "array": _of_array,
    "string": _of_string,
    **dict.fromkeys(("integer", "number", "boolean", "null"), _of_scalar),
}
