"""Write back to the CRM where accounts stand: at the moment of sending, whatever decision it is that has them sent."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import orjson

from service.crm.facts_by_name import PLAIN_NAMES, TEAM_PLACE
from service.crm.known_record import KnownRecord
from service.crm.payloads import milliseconds_to
from service.crm.statements import KnownValue
from service.delivery.outcomes import Failed, Failure, NotSent, Outcome, Sent
from service.delivery.salesforce import SalesforceAccounts
from service.domain.account_ids import is_account_id
from service.domain.sentences import summary
from service.store.database import Database
from service.store.delivery.writes import Place, Write, Written, begin_writes, end_writes
from service.store.recording import Clock
from service.usecases.event_settlements import read_known

LEASE: Final = timedelta(minutes=5)
"""How long nobody else writes into an account: no write lasts for longer, with the tokens that it may take."""
TEAM: Final = PLAIN_NAMES[TEAM_PLACE]
_EMPTY: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """Writes owners and reasons into the accounts of a CRM, each account by one writer at a time."""

    crm: SalesforceAccounts
    database: Database
    now: Clock

    async def write(self, account_ids: Collection[str]) -> dict[str, Outcome]:
        """Write where accounts stand; what came of each.

        Nothing is sent where the CRM has it already, where the account has no team or is deleted, and of what is no
        account of Salesforce.

        Raises:
            StoreUnavailableError: the database cannot be reached. What was sent by then is sent again.
        """
        at, engine = self.now(), self.database.engine
        until = at + LEASE
        ours = {account_id for account_id in account_ids if is_account_id(account_id)}
        ruled = await asyncio.to_thread(begin_writes, engine, ours, at, until, self._rule)
        strange = NotSent(reason="The identifier is none of an account of Salesforce, which begin with 001")
        busy = NotSent(reason="Another attempt is writing into the account", again=True)
        outcomes: dict[str, Outcome] = {name: busy if name in ours else strange for name in account_ids}
        writes: dict[str, Write] = {}
        for account_id, ruling in ruled.items():
            if isinstance(ruling, Write):
                writes[account_id] = ruling
            else:
                outcomes[account_id] = ruling
        if not writes:
            return outcomes

        answers = await self.crm.write({account_id: write.values for account_id, write in writes.items()})
        outcomes |= answers
        accepted: dict[str, Write] = {}
        for account_id, answer in answers.items():
            if isinstance(answer, Sent) and answer.accepted:
                accepted[account_id] = writes[account_id]
                outcomes[account_id] = replace(answer, note=writes[account_id].note)
        # What may be under way still, though no answer came, keeps others out until it cannot be any more.
        ended = [account_id for account_id, answer in answers.items() if not _may_go_on(answer)]
        await asyncio.to_thread(end_writes, engine, ended, accepted, at, until)
        return outcomes

    def _rule(self, place: Place) -> Write | NotSent:
        known = read_known(place.known, place.account_id)
        if known.deleted is not None:
            return NotSent(reason="The CRM has deleted the account")
        decision = None if place.standing is None else place.standing.decision
        if decision is None or decision.team is None:
            return NotSent(reason="The account has no team at present")
        organization, written = self.crm.organization, place.written
        values = organization.values(decision.team, f"{decision.rule}: {summary(decision, decision.policy)}")
        accepted = orjson.dumps([organization.instance_url, values]).decode()
        same = written.accepted == accepted
        told = stated_since(known, written)
        if same and written.sending is None:
            if told is None:
                return NotSent(reason="Salesforce has these values already")
            if told in written.told:
                return NotSent(reason=f"Salesforce states {told} again, which was written over once and is left now")
        return Write(
            values=values,
            accepted=accepted,
            team=decision.team.value if organization.tells_team else None,
            told=tuple(dict.fromkeys((*(written.told if same else ()), *filter(None, [told])))),
            note=None if told is None else f"It writes over {told}, which Salesforce has stated since the last time",
        )


def _may_go_on(answer: Outcome) -> bool:
    return isinstance(answer, Failed) and answer.fault in {Failure.TIMEOUT, Failure.PROTOCOL}


def team_told(known: KnownRecord) -> KnownValue | None:
    """What the CRM told last of an account's team, whatever a person says of it."""
    return next(reversed(known.told.get(TEAM, ())), None)


def stated_since(known: KnownRecord, written: Written) -> str | None:
    """The team that the CRM states since it accepted another; None where it states what was written, or nothing."""
    stated = team_told(known)
    if stated is None or written.team is None or written.since is None or written.is_ours(stated.value):
        return None
    # A CRM may count in whole seconds.
    since = milliseconds_to(written.since.replace(microsecond=0))
    return str(stated.value or _EMPTY) if stated.order.instant_ms >= since else None
