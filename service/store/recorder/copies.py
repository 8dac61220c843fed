"""Many classifications recorded at once, with all that the recorder would write with them: what databases share."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Any, Literal, Protocol, TypeAlias
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from service.domain.decision import Decision, Kind, RecordedDecision
from service.domain.origins import origins_to_text, texts_of_lines
from service.domain.policies import Policies
from service.domain.policy import Policy
from service.domain.terms import Team
from service.store.batch import Writes
from service.store.clock import RisingClock
from service.store.facets import facet_of, facet_values, known_region
from service.store.policy_cache import PolicyCache
from service.store.recording import AccountState, Asked
from service.store.rows import Decoders, Row, decisions
from service.store.rows.accounts import search_name

_STANDING = """
SELECT a.account_id, a.decision_id, a.recorded_at, d.effective_on, a.changed_over_on, d.team,
       a.move IS NOT NULL OR EXISTS (SELECT 1 FROM reviews r WHERE r.account_id = a.account_id)
       OR EXISTS (SELECT 1 FROM handoffs h WHERE h.account_id = a.account_id) AS special,
       d.policy_id, d.policy_version, d.program, {facts}
FROM accounts a JOIN decisions d ON d.id = a.decision_id
WHERE a.account_id
"""
_STANDING_WITH_FACTS, _STANDING_ALONE = (_STANDING.format(facts=facts) for facts in ("d.facts", "NULL"))
OWN = (
    *("id", "account_id", "leading_employees", "facts", "told_by", "team_before", "facet", "previous_decision_id"),
    *("recorded_at", "unchanged"),
)
"""What a decision has of its own; all else it has in common with the others of its verdict."""
_NOBODY, _NEVER = UUID(int=0), datetime(1970, 1, 1, tzinfo=UTC)
_PART = 1_000
"""How many rows are recorded together in one transaction."""
_Alike: TypeAlias = tuple[int, bool, Team | None, str | None]
"""Verdict, whether the account stood on a decision before, its team then, and its region, as far as that is known."""
Spell: TypeAlias = Callable[[Iterable[Any]], list[Any]]
"""Makes of some values those that a database takes."""


class Fate(IntEnum):
    """What becomes of a row."""

    RECORDED = 0
    STANDS = 1
    """Its account's newest decision says it all already."""
    ASIDE = 2
    """What stands of its account is out of the ordinary or of a later day, or others hold it: the row is to be recorded
    by itself."""


Fates = NDArray[np.int8]
"""A ``Fate`` for each row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifications:
    """Rows of accounts that are all different, none in need of a review, and all decided for the same day and policy.

    A row's decision is ``decisions[verdicts[row]]``, with its own ``facts`` (JSON) and ``leading_employees`` in place
    of those there, and its region; ``told_by`` is as a row of decisions has it. The decisions of one writer's rows are
    all of one list, which may grow from one call to the next.

    Where a policy is applied, ``follows`` has the decision, in hexadecimal digits, that each account is to stand on
    still, and ``unchanged`` whether that says the same.
    """

    account_ids: pa.Array
    facts: pa.Array
    told_by: pa.Array
    names: pa.Array
    owners: pa.Array
    regions: pa.Array
    leading_employees: pa.Array
    verdicts: NDArray[np.int64]
    decisions: Sequence[Decision]
    asked: Asked
    follows: pa.Array | None = None
    unchanged: NDArray[np.bool_] | None = None

    @property
    def kind(self) -> Literal[Kind.CLASSIFICATION, Kind.APPLICATION]:
        """That of the decisions."""
        return Kind.CLASSIFICATION if self.follows is None else Kind.APPLICATION

    @property
    def standing(self) -> str:
        """The query for where accounts stand; each database says behind it, in its own way, which accounts.

        Where a policy is applied, the facts are those that an account stands on, and not read again.
        """
        return _STANDING_WITH_FACTS if self.follows is None else _STANDING_ALONE

    def __len__(self) -> int:
        return len(self.account_ids)

    def at(self, places: NDArray[np.int64]) -> "Classifications":
        """The rows at some places."""
        wanted = pa.array(places)
        return replace(
            self,
            account_ids=self.account_ids.take(wanted),
            facts=self.facts.take(wanted),
            told_by=self.told_by.take(wanted),
            names=self.names.take(wanted),
            owners=self.owners.take(wanted),
            regions=self.regions.take(wanted),
            leading_employees=self.leading_employees.take(wanted),
            verdicts=self.verdicts[places],
            follows=None if self.follows is None else self.follows.take(wanted),
            unchanged=None if self.unchanged is None else self.unchanged[places],
        )


class Copies(Protocol):
    """Writes many classifications at once, beside a recorder, each call in one transaction."""

    async def record(self, rows: Classifications) -> Fates:
        """Record what is to be recorded, and say what became of each row.

        Raises:
            StoreUnavailableError: the database could not be reached, or went away; all rows are recorded, or none.
        """

    async def close(self) -> None:
        """Let go of the database."""


async def record_together(writers: Iterable[Copies], rows: Classifications) -> Fates:
    """Record rows, a part in each transaction: while the database takes one, another writer puts the next together.

    Raises:
        StoreUnavailableError: the database could not be reached, or went away; some parts may be recorded.
    """
    fates = np.full(len(rows), Fate.ASIDE, np.int8)
    parts = (np.arange(len(rows))[first : first + _PART] for first in range(0, len(rows), _PART))

    async def carry_out(writer: Copies) -> None:
        for part in parts:
            fates[part] = await writer.record(rows.at(part))

    for error in await asyncio.gather(*map(carry_out, writers), return_exceptions=True):
        if error is not None:
            raise error
    return fates


@dataclass(frozen=True, slots=True)
class Copied:
    """What is written of some rows, spelled.

    Of each decision the values of ``OWN`` and its verdict, of each verdict a row in the order of ``DECISION_COLUMNS``
    that has all others, of each account its row, and what the decisions share.
    """

    decisions: list[Row]
    verdicts: dict[int, list[Any]]
    accounts: list[Row]
    shared: Writes


class Copying:
    """What becomes of rows in one database, and the rows that it is to take, whose values it spells in its own way."""

    def __init__(self, clock: RisingClock, cache: PolicyCache, decoders: Decoders, spell: Spell) -> None:
        self._clock = clock
        self._cache = cache
        self._decoders = decoders
        self._spell = spell
        self._common: dict[int, list[Any]] = {}
        self._witnesses: dict[_Alike, tuple[RecordedDecision, int]] = {}

    def all_aside(self, rows: Classifications, policies: Policies) -> Fates | None:
        """Where another revision has been published since: what was decided is decided again, one by one."""
        decided = rows.decisions[int(rows.verdicts[0])]
        if policies.on(decided.effective_on) is decided.policy:
            return None
        return np.full(len(rows), Fate.ASIDE, np.int8)

    def fates(
        self, rows: Classifications, standing: Collection[Row], held: Collection[int] = ()
    ) -> tuple[Fates, dict[str, AccountState]]:
        """What becomes of each row, and the states of the accounts that stand by now.

        ``standing`` are the rows of ``rows.standing``, and ``held`` the places of rows whose accounts others hold.
        """
        fates = np.full(len(rows), Fate.RECORDED, np.int8)
        stood: dict[str, AccountState] = {}
        ids = rows.account_ids.to_pylist() if standing else []
        places = {account_id: place for place, account_id in enumerate(ids)}
        for account_id, decision_id, recorded_at, effective_on, changed_over_on, team, *newest in standing:
            on, stands_on = self._decoders.day(effective_on), self._decoders.identifier(decision_id)
            place = places[account_id]
            follows = rows.follows is None or rows.follows[place].as_py() == stands_on.hex
            fates[place] = self._fate(on, newest, rows, place) if follows else Fate.ASIDE
            stood[account_id] = AccountState(
                stands_on,
                self._decoders.instant(recorded_at),
                on,
                changed_over_on=None if changed_over_on is None else self._decoders.day(changed_over_on),
                team=None if team is None else Team(team),
            )
        fates[list(held)] = Fate.ASIDE
        return fates, stood

    def _fate(self, stands_on: date, newest: list[Any], rows: Classifications, place: int) -> Fate:
        """What becomes of a row whose account stands on a decision already."""
        special, policy_id, policy_version, program, facts = newest
        if special:
            return Fate.ASIDE
        decision = rows.decisions[int(rows.verdicts[place])]
        keeping = decision.policy.program.keeping_rules if isinstance(decision.policy, Policy) else ()
        if decision.rule in keeping and decision.missing_facts:
            return Fate.ASIDE  # it goes by who owns the account, which the record knows
        anew = Fate.ASIDE if stands_on > decision.effective_on else Fate.RECORDED
        if rows.follows is not None:
            return anew
        stated = rows.facts[place].as_py()
        if stated != facts:
            # Told otherwise, the facts that a table can state may be the same all the same.
            before = replace(decisions.facts_of(facts), vp_decision=None, move=None, trigger=None)
            return Fate.ASIDE if stated == decisions.facts_to_text(before) else anew
        same_policy = self._cache.read_by(policy_id, policy_version, program) is decision.policy
        return Fate.STANDS if same_policy and stands_on == decision.effective_on else anew

    def copied(self, rows: Classifications, stood: dict[str, AccountState]) -> Copied:
        """What is written of rows that are all recorded."""
        seen: dict[_Alike, RecordedDecision] = {}
        made: list[Row] = []
        accounts: list[Row] = []
        columns = (rows.account_ids, rows.leading_employees, rows.facts, rows.told_by)
        beside = (rows.names, rows.owners, rows.regions)
        unchanged = [False] * len(rows) if rows.unchanged is None else rows.unchanged.tolist()
        own = zip(*(each.to_pylist() for each in (*columns, *beside)), rows.verdicts.tolist(), unchanged, strict=True)
        for account_id, leading, stated, told, name, owner_id, region, verdict, same in own:
            before = stood.get(account_id)
            team_before = None if before is None else before.team
            followed = (None, None) if before is None else (before.decision_id, before.changed_over_on)
            at = self._clock.instant(None if before is None else before.recorded_at)
            *spelled, changed_over_on = self._spell((self._clock.identifier(at), at, *followed))
            identifier, instant, previous = spelled
            alike = (verdict, before is not None, team_before, known_region(region))
            if alike not in self._witnesses:
                witness = _witness(rows, verdict, region, before)
                self._witnesses[alike] = witness, facet_of(*facet_values(witness))
            seen[alike], facet = self._witnesses[alike]
            followed_by = (team_before, facet, previous, instant, same or None, verdict)
            made.append((identifier, account_id, leading, stated, told, *followed_by))
            lasting = (facet, search_name(name), owner_id)
            accounts.append((account_id, identifier, instant, None, changed_over_on, *lasting))
        by_verdict = {verdict: witness for (verdict, *_), witness in seen.items()}
        for verdict in by_verdict.keys() - self._common.keys():
            self._common[verdict] = self._spell(decisions.decision_values(by_verdict[verdict]))
        shared = Writes(decisions=list(seen.values()))
        return Copied(made, {verdict: self._common[verdict] for verdict in by_verdict}, sorted(accounts), shared)


def told_by_lines(asked: Asked, lines: Sequence[int]) -> pa.Array:
    """Who tells each row: its line, where it is of a file."""
    told = [origins_to_text(asked.told_by)] * len(lines) if asked.file is None else texts_of_lines(asked.file, lines)
    return pa.array(told, pa.string())


def _witness(rows: Classifications, verdict: int, region: str | None, before: AccountState | None) -> RecordedDecision:
    """A decision as rows of its verdict, and of a region, are recorded, but for what each has of its own."""
    decision = rows.decisions[verdict]
    account = decision.facts.account.model_copy(update={"region": region})
    decision = decision._replace(facts=replace(decision.facts, account=account))
    return RecordedDecision(
        id=_NOBODY,
        kind=rows.kind,
        account_id=decision.facts.account.id,
        decision=decision,
        actor=rows.asked.actor,
        source=rows.asked.source,
        request_id=rows.asked.request_id,
        previous_decision_id=None if before is None else before.decision_id,
        review_id=None,
        recorded_at=_NEVER,
        team_before=None if before is None else before.team,
    )
