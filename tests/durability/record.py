"""What a database holds, read by the store itself, in the bytes in which the service would answer it."""

from sqlmodel import Session, select

from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_decision
from service.store.decisions import chunks_of_decisions
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from service.store.tables.decisions import AccountRow, DecisionRow, FacetRow
from tests.durability.checking import Acknowledged, Recorded, faults


def assert_holds(url: str, acknowledged: list[Acknowledged], *, one_a_request: bool = True) -> int:
    """See that the record has no fault; gives how many decisions it holds. A message may lead to many of them."""
    engine = connect_engine(url)
    recorded = [
        Recorded(
            decision_id=str(found.id),
            account_id=found.account_id,
            request_id=found.request_id if one_a_request else str(found.id),
            previous_decision_id=None if found.previous_decision_id is None else str(found.previous_decision_id),
            body=to_json(render_decision(found)),
        )
        for chunk in chunks_of_decisions(engine, DecisionFilter())
        for found in chunk
    ]
    with Session(engine) as opened:
        standings = {row.account_id: str(row.decision_id) for row in opened.exec(select(AccountRow))}
        facets = set(opened.exec(select(FacetRow.facet)))
        astray = set(opened.exec(select(DecisionRow.facet))) - facets
    engine.dispose()
    found = faults(acknowledged, recorded, standings)
    assert not astray, "Decisions that no filter finds"
    assert not found, f"{len(found)} faults, the first: {found[:5]}"
    return len(recorded)
