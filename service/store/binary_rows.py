"""Rows of decisions in PostgreSQL's binary form for COPY, put together in columns."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.domain.decision import Decision
from service.domain.record import Kind, RecordedDecision
from service.store.classifications import Classifications
from service.store.rows.decisions import DECISION_COLUMNS, decision_values

HEADER, TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_INTEGER, _BIGINT = 4, 8
_EPOCH, _POSTGRES_EPOCH = datetime(1970, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OWN = frozenset({"id", "account_id", "leading_employees", "facts", "previous_decision_id", "recorded_at"})
"""What a row has of its own; all else it has in common with the rows of its verdict."""
_NOBODY = UUID(int=0)


def identifiers(first: datetime, bits: list[int]) -> NDArray[np.uint8]:
    """``uuid7`` of so many instants from ``first`` on, a microsecond apart: 16 bytes each."""
    instants = np.arange(len(bits), dtype=np.uint64) + np.uint64((first - _EPOCH) // _MICROSECOND)
    milliseconds, microseconds = np.divmod(instants, np.uint64(1000))
    halves = np.empty((len(bits), 2), ">u8")
    halves[:, 0] = (
        (milliseconds << np.uint64(16)) | np.uint64(0x7000) | (microseconds * np.uint64(4096) // np.uint64(1000))
    )
    halves[:, 1] = np.array(bits, np.uint64) & np.uint64(2**62 - 1) | np.uint64(0b10 << 62)
    return halves.view(np.uint8)


def instants(first: datetime, number: int) -> pa.Array:
    """The fields of so many instants from ``first`` on, a microsecond apart."""
    return _numbers(np.arange(number, dtype=np.int64) + (first - _POSTGRES_EPOCH) // _MICROSECOND, _BIGINT)


def uuids(identifiers: NDArray[np.uint8]) -> pa.Array:
    """The fields of identifiers."""
    fields = np.empty((len(identifiers), 20), np.uint8)
    fields[:, :4] = (0, 0, 0, 16)
    fields[:, 4:] = identifiers
    return _fixed(fields)


def texts(values: pa.Array) -> pa.Array:
    """The fields of texts."""
    values = values.cast(pa.binary())
    sizes = pc.binary_length(values).to_numpy().astype(">i4")
    return pc.binary_join_element_wise(_fixed(sizes.view(np.uint8).reshape(-1, 4)), values, b"")


def numbers(values: pa.Array) -> pa.Array:
    """The fields of integers, some of which may be unknown."""
    known = _numbers(pc.fill_null(values, 0).to_numpy(), _INTEGER)
    return pc.if_else(pc.is_valid(values), known, pa.scalar(_NULL, pa.binary()))


def previous(identifiers: dict[int, UUID], number: int) -> pa.Array | bytes:
    """The fields of the identifiers at some places, and of none at the others."""
    if not identifiers:
        return _NULL
    fields = [field(identifiers.get(place)) for place in range(number)]
    return pa.array(fields, pa.binary())


def rows(columns: int, *fields: pa.Array | bytes) -> pa.Buffer:
    """Rows of so many columns, one behind the other, from their fields in order."""
    whole = pc.binary_join_element_wise(columns.to_bytes(2), *fields, b"")
    begins, ends = (
        whole.buffers()[1][4 * place : 4 * place + 4] for place in (whole.offset, whole.offset + len(whole))
    )
    first, last = int.from_bytes(begins, "little"), int.from_bytes(ends, "little")
    return whole.buffers()[2].slice(first, last - first)


def field(value: Any) -> bytes:  # noqa: ANN401 - whatever a row has
    """The field of one value. A number is one of eight bytes, but for a policy's version."""
    match value:
        case None:
            return _NULL
        case str():
            content = value.encode()
        case int():
            content = value.to_bytes(8, signed=True)
        case UUID():
            content = value.bytes
        case datetime():
            content = ((value - _POSTGRES_EPOCH) // _MICROSECOND).to_bytes(8, signed=True)
        case date():
            content = (value - _POSTGRES_EPOCH.date()).days.to_bytes(4, signed=True)
        case _:
            raise TypeError(f"No field is known of {value!r}")
    return len(content).to_bytes(4) + content


class DecisionFields:
    """Puts the rows of decisions together, and remembers what those of each verdict have in common."""

    def __init__(self) -> None:
        self._runs = list(_runs())
        self._common: dict[int, list[bytes]] = {}

    def of(self, given: Classifications, own: dict[str, pa.Array | bytes]) -> pa.Buffer:
        """The rows, with the fields that each has of its own."""
        verdicts, places = np.unique(given.verdicts, return_inverse=True)
        common = [self._of_verdict(given, verdict) for verdict in verdicts.tolist()]
        indices = pa.array(places)
        shared = [pa.array(list(run), pa.binary()).take(indices) for run in zip(*common, strict=True)]
        fields = [own[part] if isinstance(part, str) else shared.pop(0) for part in self._runs]
        return rows(len(DECISION_COLUMNS), *fields)

    def _of_verdict(self, given: Classifications, verdict: int) -> list[bytes]:
        if verdict not in self._common:
            values = decision_values(witness_of(given, given.decisions[verdict]))
            fields = dict(zip(DECISION_COLUMNS, map(field, values), strict=True))
            fields["policy_version"] = (4).to_bytes(4) + given.decisions[verdict].policy_version.to_bytes(
                4, signed=True
            )
            runs = (part for part in self._runs if not isinstance(part, str))
            self._common[verdict] = [b"".join([fields[name] for name in run]) for run in runs]
        return self._common[verdict]


def witness_of(given: Classifications, decision: Decision) -> RecordedDecision:
    """A decision as the rows of its verdict are recorded, but for what each has of its own."""
    return RecordedDecision(
        id=_NOBODY,
        kind=Kind.CLASSIFICATION,
        account_id=decision.facts.account.id,
        decision=decision,
        actor=given.actor,
        source=given.source,
        request_id=given.request_id,
        previous_decision_id=None,
        review_id=None,
        recorded_at=_EPOCH,
    )


def _runs() -> Iterator[str | tuple[str, ...]]:
    """The columns of a decision: by name what a row has of its own, and together what lies between."""
    between: list[str] = []
    for name in DECISION_COLUMNS:
        if name not in _OWN:
            between.append(name)
            continue
        if between:
            yield tuple(between)
        between = []
        yield name
    if between:
        yield tuple(between)


def _numbers(values: NDArray[np.int64], width: int) -> pa.Array:
    fields = np.empty((len(values), 4 + width), np.uint8)
    fields[:, :4] = (0, 0, 0, width)
    fields[:, 4:] = values.astype(f">i{width}").view(np.uint8).reshape(-1, width)
    return _fixed(fields)


def _fixed(fields: NDArray[np.uint8]) -> pa.Array:
    number, width = fields.shape
    offsets = np.arange(number + 1, dtype=np.int32) * np.int32(width)
    return pa.Array.from_buffers(
        pa.binary(), number, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(fields))]
    )
