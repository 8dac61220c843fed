"""Requests to be refused, as data: the body or the query at fault, the status, the problem's code, the field named."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.builders import Request, request

CLASSIFY = "/v1/classifications"
DEEP = 100_000
NUL, SURROGATE = "a\\u0000b", "a\\ud800b"
HUGE = 10**30
TEXTS = {
    "/account/id": ("account", "id"),
    "/account/name": ("account", "name"),
    "/account/region": ("account", "region"),
    "/employee_counts/0/name": ("employee_counts", 0, "name"),
    "/employee_counts/0/url": ("employee_counts", 0, "url"),
    "/employee_counts/0/gap": ("employee_counts", 0, "gap"),
    "/dedup_requested_by": ("dedup_requested_by",),
}
_MARK = "@@@"
_TRUE: object = True


@dataclass(frozen=True, kw_only=True)
class Bad:
    """A request to be refused. ``names`` is the pointer that one of the errors has to hold; None where no field is."""

    title: str
    status: int = 422
    code: str = "invalid_request"
    names: str | None = None
    method: str = "POST"
    path: str = CLASSIFY
    content: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def body(change: tuple[str | int, ...] = (), value: object = None) -> Request:
    """A request that is good but for one value."""
    whole = request(third=[{"source": "third_party", "name": "Filing", "employees": 640}], df=640, zi=640)
    whole["employee_counts"].reverse()
    place: Any = whole
    for part in change[:-1]:
        place = place[part]
    if change:
        place[change[-1]] = value
    return whole


def raw(change: tuple[str | int, ...], literal: str) -> bytes:
    """A request that is good but for one literal, which need not be JSON."""
    return json.dumps(body(change, _MARK)).replace(f'"{_MARK}"', literal).encode()


def _stated(title: str, change: tuple[str | int, ...], value: object, *, names: str | None = None) -> Bad:
    pointer = names or "".join(f"/{part}" for part in change)
    return Bad(title=title, names=pointer, content=json.dumps(body(change, value)).encode())


FACTS = [
    _stated("an unknown fact", ("account", "max_family_employes"), 640),
    _stated("an unknown field", ("effective_date",), "2022-03-15"),
    _stated("an unknown field with a slash", ("a/b~c",), 1, names="/a~1b~0c"),
    _stated("a negative count", ("employee_counts", 1, "employees"), -1),
    _stated("a count that nobody has", ("employee_counts", 1, "employees"), HUGE),
    _stated("a negative number of employees", ("account", "max_family_employees"), -1),
    _stated("a float for a count", ("account", "max_family_employees"), 640.5),
    _stated("a count with a fraction or thousands", ("account", "max_family_employees"), "640.000"),
    _stated("text for a count", ("account", "max_family_employees"), "six hundred"),
    _stated("true for a count", ("account", "lam_dev_count"), _TRUE),
    _stated("a huge count", ("account", "lam_dev_count"), HUGE),
    _stated("a number for a flag", ("account", "customer"), 1),
    _stated("text for a flag", ("account", "first_order_available"), "true"),
    _stated("a number for text", ("account", "name"), 5),
    _stated("a number for the identifier", ("account", "id"), 18),
    _stated("no identifier", ("account", "id"), None),
    _stated("an identifier with a space", ("account", "id"), "acc 1"),
    _stated("an identifier that is too long", ("account", "id"), "a" * 65),
    _stated("an empty name", ("account", "name"), ""),
    _stated("a blank name", ("account", "name"), " \u00a0 "),
    *[
        _stated(f"a name of {ord(blank):x} alone", ("account", "name"), blank)
        for blank in "\x85\ufeff\u00a0\u3000\u2028"
    ],
    _stated("an address with a blank", ("employee_counts", 0, "url"), "https://example.org/a\x85b"),
    _stated("a name that is too long", ("account", "name"), "a" * 256),
    _stated("an unknown segment", ("account", "crm_segment"), "Medium"),
    _stated("an unknown team", ("account", "current_team"), "MMKA"),
    _stated("an unknown motion", ("motion",), "sideways"),
    _stated("a day that does not exist", ("account", "crm_created_on"), "2022-02-30"),
    _stated("an instant for a day", ("effective_on",), "2022-03-15T09:30:00Z"),
    _stated("midnight for a day", ("effective_on",), "2022-03-15T00:00:00"),
    _stated("a timestamp for a day", ("effective_on",), 1647302400),
    _stated("a timestamp in text for a day", ("effective_on",), "1647302400"),
    _stated("a list for the account", ("account",), []),
    _stated("no account", ("account",), None),
    _stated("an object for the counts", ("employee_counts",), {}),
    _stated(
        "a customer that awaits its first order",
        ("account",),
        {"id": "a", "customer": True, "first_order_available": True},
        names="/account/first_order_available",
    ),
    _stated(
        "wholly wrong without its gap", ("employee_counts", 1, "wholly_wrong"), _TRUE, names="/employee_counts/1/gap"
    ),
    _stated("a count by the customer", ("employee_counts", 0, "name"), "the customer"),
    _stated("a count whose source is the customer", ("employee_counts", 0, "source"), "customer"),
    _stated("a source given twice", ("employee_counts", 2, "source"), "zoominfo", names="/employee_counts"),
    _stated("51 counts", ("employee_counts",), [{"source": "third_party", "name": "F", "employees": 1}] * 51),
    _stated("a script for an address", ("employee_counts", 0, "url"), "javascript:alert(1)"),
    Bad(
        title="a day before the first policy",
        code="no_policy_in_force",
        names="/effective_on",
        content=json.dumps(body(("effective_on",), "2022-01-31")).encode(),
    ),
    *[
        Bad(title=f"a NUL in {pointer}", names=pointer, content=raw(change, f'"{NUL}"'))
        for pointer, change in TEXTS.items()
    ],
]
NOT_JSON = [
    *[
        Bad(
            title=f"{literal} for a count",
            status=400,
            code="malformed_json",
            names="/account/lam_dev_count",
            content=raw(("account", "lam_dev_count"), literal),
        )
        for literal in ("-", "+1", "0x10", "1e", ".5", "nil")
    ],
    *[
        Bad(
            title=f"a lone surrogate in {pointer}",
            status=400,
            code="malformed_json",
            names=pointer,
            content=raw(change, f'"{SURROGATE}"'),
        )
        for pointer, change in TEXTS.items()
    ],
    Bad(
        title="a lone surrogate in a field's name",
        status=400,
        code="malformed_json",
        names="",
        content=b'{"account": {"id": "a"}, "\\udfff": 1}',
    ),
    Bad(
        title="lists 100,000 deep in a known field",
        status=400,
        code="malformed_json",
        names="/account/name" + "/0" * 6,
        content=raw(("account", "name"), "[" * DEEP + "]" * DEEP),
    ),
    Bad(
        title="objects 100,000 deep in an unknown field",
        status=400,
        code="malformed_json",
        names="/unknown" + "/a" * 7,
        content=raw(("unknown",), '{"a":' * DEEP + "1" + "}" * DEEP),
    ),
    Bad(title="an unclosed list 100,000 deep", status=400, code="malformed_json", names="/0" * 8, content=b"[" * DEEP),
    Bad(title="an empty body", status=400, code="malformed_json", names="", content=b""),
    Bad(
        title="a body cut short",
        status=400,
        code="malformed_json",
        names="/account/id",
        content=b'{"account": {"id": "a"',
    ),
    Bad(title="two documents", status=400, code="malformed_json", names="", content=b"{} {}"),
    Bad(
        title="bytes that are not UTF-8",
        status=400,
        code="malformed_json",
        names="/account/name",
        content=b'{"account": {"name": "\xff\xfe"}}',
    ),
    Bad(title="UTF-16", status=400, code="malformed_json", names="", content='{"account": {}}'.encode("utf-16")),
    Bad(
        title="a raw line break in text",
        status=400,
        code="malformed_json",
        names="/account/name",
        content=b'{"account": {"name": "a\nb"}}',
    ),
    Bad(title="single quotes", status=400, code="malformed_json", names="", content=b"{'account': {}}"),
    Bad(
        title="a comma too many",
        status=400,
        code="malformed_json",
        names="/account",
        content=b'{"account": {"id": "a",}}',
    ),
    Bad(
        title="a count of 5,000 digits",
        status=400,
        code="malformed_json",
        names="/account/lam_dev_count",
        content=raw(("account", "lam_dev_count"), "9" * 5000),
    ),
    Bad(title="a comment", status=400, code="malformed_json", names="", content=b"{} // none"),
]
WRONG_SHAPE = [
    *[
        Bad(title=f"{literal} for a body", names="", content=literal.encode())
        for literal in ("[]", "null", "1", '"text"', "true")
    ],
    *[
        Bad(
            title=f"{literal} for a count",
            names="/account/lam_dev_count",
            content=raw(("account", "lam_dev_count"), literal),
        )
        for literal in ("NaN", "Infinity", "-Infinity", "1e400")
    ],
]
