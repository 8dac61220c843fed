"""What the handbook wants posted to Chatter, for tests: reviews that open and end, handoffs and their steps."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from service.domain.facts import VpDecision
from service.domain.handoff.checklist import ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.steps import Reopened, Step, Ticked
from service.domain.reviews import chatter_text, recommendation_of
from service.domain.terms import Segment
from service.domain.triggers import Opportunity
from service.store.decisions import standing_decision
from service.store.delivery.posts import Post, posts_about
from service.store.handoffs import find_handoff
from service.store.recording import Submission
from service.store.reviews import find_review
from service.usecases.handoffs import Acting, prepare_handoff, propose_step
from service.usecases.resolve_review import propose_resolution
from tests.delivery.salesforce import ACCOUNT
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND
from tests.relay.place import Place
from tests.store.jobs import ASKED, submission

BOTH_SIDES = Acting(team=None, for_both=True)


async def open_review(place: Place, account: str = ACCOUNT, size: int = 12, gap: str = "Counts one office") -> UUID:
    """Have a review opened, of one wholly wrong source; gives its identifier."""
    (made,) = await place.database.recorder.record([submission(account, df=size, wrong={"df": gap})])
    assert made.review_id is not None
    return made.review_id


async def resolve(place: Place, review_id: UUID) -> None:
    verdict = VpDecision(segment=Segment.MM, reason="The site says so", decided_by="vp")
    proposed = propose_resolution(place.database, review_id, verdict, place.clock().date(), ASKED)
    assert proposed is not None
    await place.database.recorder.record([proposed])


def text_of(place: Place, review_id: UUID) -> str:
    """The text to post of a review, as the API answers it."""
    review = find_review(place.database.engine, review_id)
    assert review is not None
    decision = review.decision.decision
    return chatter_text(decision, recommendation_of(decision)[1])


def posts(place: Place, subject_id: UUID) -> list[Post]:
    """The posts that are known to be there about a review or a handoff."""
    return posts_about(place.database.engine, [subject_id])[subject_id]


async def win(place: Place, account: str = ACCOUNT, **facts: Any) -> UUID:  # noqa: ANN401 - as ``submission``
    """Have a First Order account won; gives its handoff."""
    await place.record(account, max_family_employees=640, **facts)
    won = Opportunity(
        opportunity_id=f"opportunity-of-{account}",
        closed_on=date(2022, 6, 1),
        first_order_ae="Sample AE",
        named_ae=None,
        initial_amount=Decimal(18000),
        immediate_potential=Decimal(2000),
        total_users=240,
        net_arr=None,
    )
    start = prepare_handoff(account, won, None, None, place.office.new_id(), place.clock().date())
    proposed = Submission(account_id=account, asked=ASKED, decide=start, whole=True)
    (started,) = await place.database.recorder.record([proposed])
    return started.handoff.terms.id


async def tick(place: Place, handoff_id: UUID, name: str, **other: str) -> None:
    known: Any = NAMED_BY_HAND[name]
    evidence = parse_evidence(ITEMS_BY_NAME[name], orjson.dumps(known | other))
    await _take(place, handoff_id, Ticked(item=name, evidence=evidence, by="tester", at=place.clock()))


async def reopen(place: Place, handoff_id: UUID, name: str) -> None:
    await _take(place, handoff_id, Reopened(item=name, reason="It was another", by="tester", at=place.clock()))


async def _take(place: Place, handoff_id: UUID, step: Step) -> None:
    today, zone = place.clock().date(), place.clock().tzinfo
    assert zone is not None
    proposed = propose_step(handoff(place, handoff_id), lambda _: step, BOTH_SIDES, today, zone, ASKED)
    await place.database.recorder.record([proposed])


def handoff(place: Place, handoff_id: UUID) -> RecordedHandoff:
    found = find_handoff(place.database.engine, handoff_id)
    assert found is not None
    return found


def team_of(place: Place, account: str = ACCOUNT) -> str | None:
    standing = standing_decision(place.database.engine, account)
    return None if standing is None else standing.decision.team
