"""Keep the duties of the opportunities that a CRM tells of, as they stand after what it told."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

from service.crm.duty_facts import DUTY_FACTS, told_opportunity
from service.crm.facts_patch import JsonValue
from service.crm.known_record import RecordKind
from service.domain.duties.opportunity import OpportunityFacts
from service.domain.errors import DomainError
from service.store.database import Database
from service.store.events import known_records
from service.store.once import Answer
from service.store.recording import Asked
from service.usecases.event_settlements import read_known
from service.usecases.find_duties import duties_of, page_of_duties, record_duties

_WON = "Closed Won"
"""The stage of an opportunity that is won, whatever the CRM calls it."""


@dataclass(frozen=True, slots=True)
class Told:
    """When something is told, on which day, by whom; and new identifiers."""

    today: date
    at: datetime
    new_id: Callable[[], UUID]
    asked: Asked


def keep_told_duties(
    database: Database,
    opportunity_ids: Collection[str],
    won: Collection[str],
    occasion: Told,
) -> None:
    """Record the duties of each opportunity that are others than those on record of it.

    Only of one of which something was told that duties rest on, and whose account is on record. What was recorded is
    not recorded again: told once more, after it stopped on the way, the rest is. ``won`` are the stages, case-folded,
    that say in the CRM that an opportunity is won; what cannot be a fact of one is unknown.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    for record_id, known in known_records(database.engine, RecordKind.OPPORTUNITY, [*opportunity_ids]).items():
        record = read_known(known, record_id)
        stated = {name: each.value for name, each in record.fields.items()}
        if record.deleted is None and stated.keys() & DUTY_FACTS.keys() and stated.get("account_id") is not None:
            is_won = str(stated.get("stage", "")).casefold() in won
            _keep(database, record_id, stated | ({"stage": _WON} if is_won else {}), occasion)


def _keep(database: Database, record_id: str, stated: Mapping[str, JsonValue], occasion: Told) -> None:
    newest = next(iter(page_of_duties(database, record_id, limit=1)), None)
    before = None if newest is None else newest.stated.opportunity
    told = told_opportunity(stated, (before.evidence if before else None) or {})
    known = {} if before is None else before.model_dump(exclude={"segment"}, exclude_none=True, mode="json")
    facts = known | {"opportunity_id": record_id} | told
    today = occasion.today
    try:
        opportunity = _opportunity(facts)
        found = duties_of(database, opportunity, today, today)
        if found.stated.opportunity == before:
            return
        record_duties(
            database,
            opportunity,
            today,
            today,
            record_id=occasion.new_id(),
            asked=occasion.asked,
            at=occasion.at,
            key=None,
            told=lambda _: Answer(b""),
        )
    except (ValidationError, DomainError):
        return  # what cannot be an opportunity, or is of an account that nothing was decided about, has no duties yet


def _opportunity(facts: dict[str, Any]) -> OpportunityFacts:
    """The opportunity by these facts, without those that cannot be: an amount below nothing, or of too many digits."""
    try:
        return OpportunityFacts.model_validate_json(orjson.dumps(facts))
    except ValidationError as error:
        bad = {each["loc"][0] for each in error.errors() if each["loc"]}
        return OpportunityFacts.model_validate_json(orjson.dumps({n: v for n, v in facts.items() if n not in bad}))
