"""A table as a command reads it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from service.crm.columns import NotedColumns, TableColumns
from service.domain.rows import Row
from service.entrypoints.common.tables.footers import Footer

if TYPE_CHECKING:
    from service.bulk.rows import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIn:
    """A table, which can be read once: row by row in its order, or in blocks of many rows, which is faster.

    ``noted`` are its columns, of JSON those of rows that were read by then. ``row_noun`` says what the numbers of rows
    count, and ``column_at`` names the column of a pointer into a request. It is read from ``stream``, of ``size``
    bytes. ``passed_over`` says of how many rows another one of the account leads, ``footer`` which lines at its end
    look like one, and ``notes`` what else is to be told of the input.
    ``anew``, asked once all of it was read in blocks, is the table from its beginning where what came of it is not to
    count, as accounts turned out to stand in several rows; None where it counts.
    """

    columns: TableColumns
    noted: NotedColumns
    row_noun: str
    column_at: Callable[[str], str]
    rows: Iterator[Row]
    in_blocks: Callable[[], "Table"]
    stream: BinaryIO
    size: int
    passed_over: int = 0
    footer: Footer | None = None
    notes: tuple[str, ...] = ()
    anew: "Callable[[], TableIn | None]" = lambda: None
