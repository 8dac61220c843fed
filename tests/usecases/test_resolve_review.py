"""What the VP decides of a review that is open, while others decide its account."""

import asyncio
from typing import Any

import pytest

from service.domain.errors import StandingChangedError
from service.domain.facts import VpDecision
from service.domain.terms import Segment
from service.store.recording import Asked
from service.usecases.classify import propose_classification
from service.usecases.resolve_review import propose_resolution
from tests.builders import ON, facts
from tests.store.jobs import recording


def test_a_resolution_of_what_was_decided_anew_meanwhile_is_refused(database_url: str) -> None:
    """The same counts come with another region after the review was read and before its resolution is recorded."""
    verdict = VpDecision(segment=Segment.MM, reason="So it is said.", decided_by="vp")
    asked = Asked("vp", "api", "request-1")
    counts: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts the Berlin office only"}}

    async def race() -> None:
        async with recording(database_url) as database:
            made: list[Any] = []

            async def record(submission: Any) -> None:  # noqa: ANN401 - a Submission
                made.extend(await database.recorder.record([submission]))

            await record(propose_classification(facts(**counts), ON, ON, None, asked))
            late = propose_resolution(database, made[0].review_id, verdict, ON, asked)
            await record(propose_classification(facts(**counts, region="EMEA"), ON, ON, None, asked))
            with pytest.raises(StandingChangedError, match="decided anew"):
                await record(late)
            await record(propose_resolution(database, made[0].review_id, verdict, ON, asked))
            assert made[-1].decision.facts.account.region == "EMEA"

    asyncio.run(race())
