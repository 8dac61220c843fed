"""One incident is one matter, however often and through however many processes it is reported (MOVE-4, ROUTE-5)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from service.domain.conduct import ConductMatter, MatterKind, RecordedMatter
from service.domain.decision import RecordedDecision
from service.domain.sellers import NOBODY
from service.store.conduct import MatterFilter, page_of_matters
from service.store.database import Database
from service.store.recording import Submission
from service.store.tables.decisions import ConductMatterRow
from service.usecases.classify import propose_classification
from service.usecases.conduct_matters import matters_asked
from service.usecases.report_conduct import propose_conduct_report
from tests.builders import ON, facts
from tests.store.jobs import ASKED, AT, job, recorded_in, recording, submission

IGNORED = ConductMatter(
    kind=MatterKind.IGNORED_MOVE,
    account_executive="Sample AE",
    rule="MOVE-1",
    reason="It was worked on all the same",
    occurred_on=ON,
)


def report(**stated: Any) -> Submission[RecordedMatter]:  # noqa: ANN401 - any field of a matter
    return propose_conduct_report("acc-1", replace(IGNORED, **stated), NOBODY, AT.date(), ASKED)


def deduplicated() -> Submission[RecordedDecision]:
    outbound = facts(df=640, created=None, motion="outbound")
    return propose_classification(outbound, ON, AT.date(), "Sample AE", ASKED)


async def sent_to_both(url: str, submissions: Sequence[Submission[Any]]) -> tuple[list[Any], list[RecordedMatter]]:
    """What becomes of submissions that two processes get at once, and the matters that are on record then."""
    async with recording(url) as one, recording(url) as other:
        await one.recorder.record([submission()])
        jobs = [job(each) for each in submissions]
        sides = await asyncio.gather(recorded_in(one, jobs), recorded_in(other, jobs))
        made: list[Any] = []
        for outcome in (outcome for side in sides for outcome in side):
            assert isinstance(outcome, tuple), outcome
            made += outcome
        return made, page_of_matters(one.engine, MatterFilter(), limit=100)


def test_one_incident_reported_to_two_processes_at_once_is_recorded_once(database_url: str) -> None:
    spelled = [report(account_executive=name) for name in ("Sample AE", "sample  ae", "SAMPLE AE", "Sample AE")]

    made, on_record = asyncio.run(sent_to_both(database_url, spelled))

    (matter,) = on_record
    assert [each.id for each in made] == [matter.id] * 8
    assert sum(not each.repeated for each in made) == 1


def test_other_ae_days_and_rules_are_other_incidents(database_url: str) -> None:
    others: list[dict[str, Any]] = [{"account_executive": "Another"}, {"occurred_on": AT.date()}, {"rule": "MOVE-2"}]

    made, on_record = asyncio.run(sent_to_both(database_url, [report(), *(report(**other) for other in others)]))

    assert len({each.id for each in made}) == len(on_record) == 4


def test_a_deduplication_that_many_classifications_of_a_day_name_is_one(database_url: str) -> None:
    made, on_record = asyncio.run(sent_to_both(database_url, [deduplicated() for _ in range(5)]))

    (matter,) = on_record
    assert matter.decision_id in {each.id for each in made}
    assert len({each.id for each in made}) == 10  # each is a decision all the same


def test_what_was_recorded_twice_before_stays_and_counts_once(database_url: str) -> None:
    async def reported_again(url: str) -> tuple[RecordedMatter, RecordedMatter]:
        async with recording(url) as database:
            await database.recorder.record([submission()])
            (first,) = await database.recorder.record([report()])
            double(database, first.id)
            (again,) = await database.recorder.record([report()])
            assert len(page_of_matters(database.engine, MatterFilter(), limit=100)) == 2
            counted = matters_asked(database, "Sample AE", MatterFilter(), AT.date(), limit=9)
            assert [each.ignored_moves for each in counted] == [1, 1]
            return first, again

    first, again = asyncio.run(reported_again(database_url))
    assert again == replace(first, repeated=True)


def double(database: Database, matter_id: UUID) -> None:
    """Record a matter once more, as an earlier release may have."""
    with Session(database.engine) as session:
        row = session.exec(select(ConductMatterRow).where(ConductMatterRow.id == matter_id)).one()
        session.add(ConductMatterRow.model_validate(row, update={"id": UUID(int=matter_id.int + 1)}))
        session.commit()
