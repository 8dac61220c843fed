"""Where accounts stand, as rows."""

import unicodedata
from datetime import date

from service.domain.decision import RecordedDecision
from service.domain.triggers import Move
from service.store.batch import Writes
from service.store.facets import facet_of, facet_values
from service.store.recording import AccountState
from service.store.rows import Row
from service.store.tables.decisions import AccountRow

ACCOUNT_COLUMNS = tuple(AccountRow.model_fields)


def standing_values(writes: Writes) -> list[Row]:
    """Where accounts stand, in the order of ``ACCOUNT_COLUMNS``, and of their names: that of their locks."""
    return [_standing(account_id, writes.accounts[account_id]) for account_id in sorted(writes.accounts)]


def _standing(account_id: str, state: AccountState) -> Row:
    move = None if state.move is None else state.move.model_dump_json()
    named = (state.facet, state.name, state.owner_id)
    return (account_id, state.decision_id, state.recorded_at, move, state.changed_over_on, *named)


def standing_on(recorded: RecordedDecision, move: Move | None, changed_over_on: date | None) -> AccountState:
    """Where an account stands by a decision that it stands on."""
    decision = recorded.decision
    return AccountState(
        recorded.id,
        recorded.recorded_at,
        decision.effective_on,
        move,
        changed_over_on,
        decision.team,
        facet_of(*facet_values(recorded)),
        search_name(decision.facts.account.name),
        decision.facts.account.owner_id,
    )


def search_name(name: str | None) -> str | None:
    """What an account is searched by: its name without accents, capitals and more than one blank in a row."""
    if name is None:
        return None
    if not name.isascii():
        name = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return " ".join(name.casefold().split())
