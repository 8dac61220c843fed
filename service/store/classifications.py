"""Many classifications in columns, to be recorded together; and what becomes of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from service.domain.decision import Decision

RECORDED, STANDS, ASIDE = 0, 1, 2
"""A row was recorded; its account's newest decision says it all already; what stands of it is out of the ordinary."""
Fates = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifications:
    """Rows of accounts that are all different, none in need of a review, and all decided for the same day and policy.

    A row's decision is ``decisions[verdicts[row]]``, with its own ``facts`` (JSON) and ``leading_employees`` in place
    of those there. The decisions of one writer's rows are all of one list, which may grow from one call to the next.
    """

    account_ids: pa.Array
    facts: pa.Array
    leading_employees: pa.Array
    verdicts: NDArray[np.int64]
    decisions: Sequence[Decision]
    actor: str
    source: str
    request_id: str

    def __len__(self) -> int:
        return len(self.account_ids)

    def at(self, places: NDArray[np.int64]) -> "Classifications":
        """The rows at some places."""
        wanted = pa.array(places)
        return replace(
            self,
            account_ids=self.account_ids.take(wanted),
            facts=self.facts.take(wanted),
            leading_employees=self.leading_employees.take(wanted),
            verdicts=self.verdicts[places],
        )


class ClassificationsWriter(Protocol):
    """Records many classifications at once, as the recorder would record each."""

    async def record(self, rows: Classifications) -> Fates:
        """Record what is to be recorded, in one transaction, and say what became of each row.

        Raises:
            StoreUnavailableError: the database could not be reached, or went away; all rows are recorded, or none.
        """

    async def close(self) -> None:
        """Let go of the database."""
