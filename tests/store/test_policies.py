"""Published revisions: every process decides on them from the instant of their publication, and on none before."""

import asyncio
from datetime import UTC, date, datetime
from functools import partial

import pytest
from sqlalchemy import text

from service.domain.drafts import (
    DraftOutdatedError,
    DraftPublishedError,
    DraftWithdrawnError,
    RecordedDraft,
    Withdrawal,
)
from service.domain.identifiers import uuid7
from service.domain.policies import BUILT_IN
from service.domain.policy import UnknownRevision
from service.store.decisions import chunks_of_decisions, find_decision
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from service.store.idempotency import do_once
from service.store.once import Answer
from service.store.policies import current_policies, find_draft, published_drafts, withdraw_draft
from tests.store.jobs import AT, job, recorded_in, recording, submission
from tests.store.publishing import draft, publish


def test_a_database_begins_with_what_is_built_in(database_url: str) -> None:
    engine = connect_engine(database_url)

    assert current_policies(engine) == BUILT_IN
    assert published_drafts(engine) == {}
    engine.dispose()


def test_a_draft_comes_back_as_it_was_made_and_decides_nothing(database_url: str) -> None:
    engine = connect_engine(database_url)

    made = draft(engine, in_crm_by="2022-03-01", first_order_regions="NORAM, EMEA, APAC")

    assert find_draft(engine, made.draft.id) == made
    assert made.draft.parameters.as_dict()["first_order_regions"] == ("NORAM", "EMEA", "APAC")
    assert current_policies(engine) == BUILT_IN
    engine.dispose()


def test_a_published_revision_is_built_once_and_found_by_every_reader(database_url: str) -> None:
    one, other = connect_engine(database_url), connect_engine(database_url)
    assert current_policies(other) == BUILT_IN

    published = publish(one, draft(one).draft.id)

    found = current_policies(other)
    assert [policy.version for policy in found.published] == [1, 2]
    assert current_policies(other).published[1] is found.published[1]
    assert found.published[1].parameters.first_order_min_employees == 600
    assert published_drafts(other) == {("fy23", 2): published}
    one.dispose()
    other.dispose()


def test_a_draft_is_published_once_and_not_after_another_of_the_same_revision(database_url: str) -> None:
    engine = connect_engine(database_url)
    first, second = draft(engine, 1), draft(engine, 2, tam_below="60000")
    publish(engine, first.draft.id)

    with pytest.raises(DraftPublishedError):
        publish(engine, first.draft.id)
    with pytest.raises(DraftOutdatedError):
        publish(engine, second.draft.id)

    assert len(current_policies(engine).published) == 2
    engine.dispose()


def test_a_withdrawn_draft_is_found_as_that_and_not_published(database_url: str) -> None:
    engine = connect_engine(database_url)
    made = draft(engine)
    withdrawal = Withdrawal(withdrawn_by="operations", withdrawn_at=AT, reason="It proved wrong")
    withdraw = partial(
        withdraw_draft, draft_id=made.draft.id, withdrawal=withdrawal, statement_id=uuid7(AT, 9), request_id="request-3"
    )

    done = do_once(engine, None, AT, withdraw, lambda _: Answer(b"")).made

    assert find_draft(engine, made.draft.id) == done == RecordedDraft(made.draft, None, withdrawal)
    with pytest.raises(DraftWithdrawnError):
        publish(engine, made.draft.id)
    with pytest.raises(DraftWithdrawnError):
        do_once(engine, None, AT, withdraw, lambda _: Answer(b""))
    assert current_policies(engine) == BUILT_IN
    engine.dispose()


def test_a_decision_rests_on_what_another_process_has_published_meanwhile(database_url: str) -> None:
    async def record() -> list[int]:
        versions = []
        async with recording(database_url) as database:
            other = connect_engine(database_url)
            for publishes in (False, True, False):
                if publishes:
                    await asyncio.to_thread(publish, other, draft(other).draft.id)
                await recorded_in(database, [job(submission("acc-1", df=640))])
                (newest, *_) = next(chunks_of_decisions(database.engine, DecisionFilter()))
                versions.append(newest.decision.policy_version)
            other.dispose()
        return versions

    assert asyncio.run(record()) == [1, 2, 2]


def test_no_decision_falls_on_both_sides_of_a_publication(database_url: str) -> None:
    """Decisions are recorded without a pause while five revisions are published by another process."""

    def now() -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - two processes share the machine's clock

    async def record() -> tuple[list[datetime], list[tuple[datetime, int]]]:
        begun, published = asyncio.Event(), asyncio.Event()
        other = connect_engine(database_url)

        async def keep_recording() -> None:
            for last in iter(published.is_set, None):
                await recorded_in(database, [job(submission(f"acc-{number}", df=640)) for number in range(20)])
                begun.set()
                if last:
                    return

        async def keep_publishing() -> list[datetime]:
            instants = []
            await begun.wait()
            for number in range(1, 6):
                made = await asyncio.to_thread(draft, other, number, tam_below=str(number))
                done = await asyncio.to_thread(publish, other, made.draft.id, now)
                assert done.publication is not None
                instants.append(done.publication.published_at)
            published.set()
            return instants

        async with recording(database_url, clock=now) as database:
            instants, _ = await asyncio.gather(keep_publishing(), keep_recording())
            decided = [
                (found.recorded_at, found.decision.policy_version)
                for chunk in chunks_of_decisions(database.engine, DecisionFilter())
                for found in chunk
            ]
        other.dispose()
        return instants, decided

    instants, decided = asyncio.run(record())

    assert {1, 6} <= {version for _, version in decided}
    for at, version in decided:
        assert version == 1 + sum(instant < at for instant in instants)


def test_a_revision_decides_for_its_own_days_alone(database_url: str) -> None:
    engine = connect_engine(database_url)
    publish(engine, draft(engine, since=date(2022, 8, 1)).draft.id)

    policies = current_policies(engine)

    assert [policies.on(day).version for day in (date(2022, 7, 31), date(2022, 8, 1))] == [1, 2]
    engine.dispose()


def test_a_decision_of_a_revision_that_nobody_knows_is_said_to_be_that(database_url: str) -> None:
    async def record() -> None:
        async with recording(database_url) as database:
            await recorded_in(database, [job(submission("acc-1"))])
            (found,) = next(chunks_of_decisions(database.engine, DecisionFilter()))
            with database.engine.begin() as connection:
                columns = "kind, account_id, status, segment, team, rule, leading_source, leading_employees, "
                columns += "missing_facts, advice, actions, policy_id, effective_on, facts, trail, actor, source, "
                columns += "request_id, previous_decision_id, review_id, recorded_at, facet"
                copied = "INSERT INTO decisions (id, policy_version, {0}) SELECT :id, 9, {0} FROM decisions"
                other = str(found.id)[:-1] + ("0" if str(found.id)[-1] != "0" else "1")
                stored = other if connection.dialect.name == "postgresql" else other.replace("-", "")
                connection.execute(text(copied.format(columns)), {"id": stored})
            unknown = find_decision(database.engine, type(found.id)(other))
            assert unknown is not None
            assert unknown.decision.policy == UnknownRevision("fy23", 9, None)
            assert unknown.decision.outcome == found.decision.outcome

    asyncio.run(record())
