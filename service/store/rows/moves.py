"""Moves that stand, of which an earlier release kept less: completed from the decisions that made them."""

from collections.abc import Iterable

from service.domain.account_ids import in_all_forms
from service.domain.decision import Kind, RecordedDecision
from service.domain.standing_moves import standing_move
from service.domain.triggers import Move
from service.store.rows import Row
from service.store.tables.decisions import DecisionRow

MAKING_MOVES = (Kind.DISCOVERY, Kind.CHANGEOVER, Kind.WON, Kind.ESCALATION, Kind.HANDOFF)
"""What may make a move that stands."""
MADE_MOVES = f"""
SELECT {", ".join(f"d.{column}" for column in DecisionRow.model_fields)}
FROM decisions d
WHERE d.kind IN ({", ".join(f"'{kind}'" for kind in MAKING_MOVES)}) AND d.account_id
"""  # noqa: S608 - our own names
"""The decisions of accounts that may have made the move that stands; asked where an earlier release recorded that."""


def bare_moves(standings: Iterable[Row]) -> list[str]:
    """The accounts on which a move stands that was recorded without what it rests on, by every form of their ids.

    They come from rows of ``STANDINGS``.
    """
    moves = {row[0]: decode_move(row[4]) for row in standings if row[4] is not None}
    return in_all_forms(account_id for account_id, move in moves.items() if move is not None and move.is_bare)


def with_what_it_rests_on(move: Move | None, made: Iterable[RecordedDecision]) -> Move | None:
    """A move with what it rests on, from the decision that made it, the newest that may have.

    It is left as it is where none of them did.
    """
    if move is None or not move.is_bare:
        return move
    newest_first = sorted(made, key=lambda each: each.recorded_at, reverse=True)
    found = (standing_move(each.decision) for each in newest_first)
    return next((each for each in found if each is not None and each.is_as(move)), move)


def decode_move(text: str | None) -> Move | None:
    """The move that a row of an account holds, if one stands."""
    return None if text is None else Move.model_validate_json(text)
