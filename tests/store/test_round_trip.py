"""A decision comes back from the database as it went in."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from service.domain.decide import decide
from service.domain.decision import Kind, RecordedDecision, Status
from service.domain.policies import BUILT_IN
from service.domain.reviews import counts_fingerprint
from service.store.decisions import find_decision, standing_decision
from service.store.recording import Classify, ResolveReview, Standing, Submission
from tests.builders import decided, vp_says
from tests.golden import decided_cases
from tests.store.jobs import ASKED, recording, submission

NAMES = (
    "Ünïcödé Straße GmbH",
    "株式会社リクルート",
    "شركة الاتصالات",
    "Ѐ𝕏𐍈😀 Ltd",
    "a'b\"c\\d;e\t".strip(),
    "e\u0301 vs \u00e9",
)


def recorded_in(
    url: str, submissions: list[Submission[RecordedDecision]]
) -> list[tuple[RecordedDecision, RecordedDecision | None]]:
    """Each decision as the recorder made it, and as it is found again."""

    async def record() -> list[tuple[RecordedDecision, RecordedDecision | None]]:
        async with recording(url) as database:
            made = await database.recorder.record(submissions)
            return [(one, find_decision(database.engine, one.id)) for one in made]

    return asyncio.run(record())


def _always(proposal: Classify) -> Callable[[Standing], Classify]:
    return lambda _: proposal


def test_every_kind_of_outcome_comes_back_whole(database_url: str) -> None:
    proposals = [
        Classify(decision=decide(case.facts, BUILT_IN.on(case.on), case.on), counts_fingerprint="")
        for case in decided_cases()
    ]

    pairs = recorded_in(
        database_url,
        [
            replace(
                submission(f"acc-{number}"),
                decide=_always(proposal),
                asked=replace(ASKED, request_id=f"request-{number}"),
            )
            for number, proposal in enumerate(proposals)
        ],
    )

    assert [found for _, found in pairs] == [made for made, _ in pairs]
    assert [made.decision for made, _ in pairs] == [proposal.decision for proposal in proposals]
    assert {made.decision.status for made, _ in pairs} == set(Status)


@pytest.mark.parametrize("name", NAMES)
def test_text_comes_back_character_for_character(database_url: str, name: str) -> None:
    stated = submission(
        "acc-1",
        name=name,
        region=name,
        wrong={"df": f"{name}\n\tsecond line"},
        df=12,
        third=[{"source": "third_party", "name": name, "employees": 3, "url": "https://example.org/?q=%E2%9C%93"}],
    )

    ((made, found),) = recorded_in(database_url, [replace(stated, asked=replace(ASKED, actor=name))])

    assert found == made
    assert (made.actor, made.decision.facts.account.name) == (name, name)
    assert made.decision.facts.employee_counts[0].gap == f"{name}\n\tsecond line"


def test_the_vps_decision_and_the_links_come_back(database_url: str) -> None:
    decision = decided(vp="MM", third=[640])
    fingerprint = counts_fingerprint(decision.facts.employee_counts)
    verdict = ResolveReview(decision=decision, counts_fingerprint=fingerprint, resolves=vp_says("MM"))
    asked = submission("acc-1", third=[640])

    first, second = recorded_in(database_url, [asked, replace(asked, decide=lambda _: verdict)])

    assert second[1] == second[0]
    assert (second[0].kind, second[0].previous_decision_id) == (Kind.REVIEW, first[0].id)
    assert first[0].review_id == second[0].review_id is not None
    assert {type(identifier) for identifier in (second[0].previous_decision_id, second[0].review_id)} == {UUID}


def test_an_instant_comes_back_in_utc_to_the_microsecond(database_url: str) -> None:
    at = datetime(2026, 1, 5, 9, 0, 0, 123457, tzinfo=UTC)

    async def record() -> RecordedDecision | None:
        async with recording(database_url, clock=lambda: at) as database:
            await database.recorder.record([submission("acc-1")])
            return standing_decision(database.engine, "acc-1")

    found = asyncio.run(record())

    assert found is not None
    assert (found.recorded_at, found.recorded_at.tzinfo) == (at, UTC)
