"""A policy applied to many accounts together leaves what it leaves one by one, and what a POST of each would."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from service.domain.handoff.recorded import RecordedHandoff
from service.domain.identifiers import uuid7
from service.domain.policy import UnknownRevision
from service.domain.triggers import Opportunity
from service.store import applications
from service.store.applications import Application, ApplicationStatus, Applied, request_application
from service.store.database import Database
from service.store.decisions import standing_decision
from service.store.engine import open_writer
from service.store.recorder import copies
from service.store.recording import Submission, allow_refusal
from service.usecases.apply_policy import apply_policy, revision_to_apply
from service.usecases.classify import propose_classification
from service.usecases.handoffs import prepare_handoff
from tests.builders import ON, parsed
from tests.bulk.everything import recorded_tables
from tests.bulk.exports import requests
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.store.jobs import ASKED, AT, recording
from tests.store.publishing import draft, publish

ACCOUNTS = 500
ANY_POLICY = UnknownRevision("fy23", 0, None)
APPLIED_ON, TODAY = date(2022, 4, 1), AT.date()
DAYS = (ON, ON, date(2022, 2, 1), date(2022, 6, 1))
"""On which accounts are decided: on the last later than the policy is applied."""
SPECIAL = (
    (
        """UPDATE accounts SET move = '{"rule":"MOVE-1","moved_from":"MMKAFO","moved_to":"MM_TERRITORY","""
        """"moved_on":"2022-03-01"}', changed_over_on = '2022-02-01' WHERE account_id LIKE 'acc-1%'"""
    ),
    "UPDATE accounts SET changed_over_on = '2022-02-01' WHERE account_id LIKE 'acc-2%'",
    (
        "UPDATE reviews SET status = 'resolved', resolved_segment = 'MM', resolved_reason = 'r', resolved_by = 'vp' "
        "WHERE account_id LIKE '%7'"
    ),
    (
        "INSERT INTO subscribers (id, name, target, url, kinds, teams, fields, status, secret, created_by, created_at) "
        "VALUES ('017f8d5c-0000-7000-8000-000000000001', 's', 'webhook', 'https://example.com', '', '', '', 'enabled', "
        "'s', 'a', '2022-03-15 00:00:00')"
    ),
)


@pytest.fixture(params=["sqlite_databases", "postgres"])
def three(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Three databases of a kind."""
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(request.param)
    with ExitStack() as stack:
        yield [stack.enter_context(databases.fresh()) for _ in range(3)]


@asynccontextmanager
async def filled(url: str) -> Any:  # noqa: ANN401 - a context of it
    """A database with accounts under the first revision, and a second one that is published."""
    async with recording(url) as database:
        stated = enumerate(requests(ACCOUNTS, seed=41))
        every = [_classified(body, DAYS[place % len(DAYS)]) for place, body in stated]
        await database.recorder.record([allow_refusal(each) for each in every])
        started = await database.recorder.record([allow_refusal(_won(f"acc-{place}")) for place in range(0, 500, 9)])
        assert any(isinstance(each, RecordedHandoff) for each in started)
        with database.engine.begin() as connection:
            for statement in SPECIAL:
                connection.execute(text(statement.replace(":", "\\:") if "move" in statement else statement))
        publish(database.engine, draft(database.engine, first_order_min_employees="200").draft.id)
        yield database


def _classified(body: dict[str, Any], on: date) -> Submission[Any]:
    return propose_classification(parsed(body).facts(), on, TODAY, None, ASKED)


def _won(account: str) -> Submission[Any]:
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
    start = prepare_handoff(account, won, None, None, uuid7(AT, 1_000_000 + int(account[4:])), TODAY)
    return Submission(account_id=account, asked=ASKED, decide=start, whole=True)


def asked_for(database: Database) -> Application:
    """Ask for the second revision to be applied."""
    with open_writer(database.engine) as session:
        asked = request_application(
            session,
            partial(revision_to_apply, policy_id="fy23", today=TODAY),
            application_id=uuid7(AT, 77),
            on=APPLIED_ON,
            dry_run=False,
            by="tester",
            at=AT,
            request_id="request-77",
        )
        session.commit()
    return asked


def test_accounts_that_are_decided_anew_together_stand_as_they_do_one_by_one_and_by_a_post_of_each(
    three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applications, "_SLICE", 150)
    monkeypatch.setattr(copies, "_PART", 40)
    recorded_together: Counter[int] = Counter()

    async def applied(database: Database) -> Applied:
        noted: list[Applied] = []
        status = await apply_policy(database, asked_for(database), lambda: TODAY, noted.append)
        assert status is ApplicationStatus.DONE
        return noted[-1]

    def watched(opened: Database) -> list[copies.Copies]:
        writers = opened.copies()
        for writer in writers:
            record = writer.record

            async def counted(rows: copies.Classifications, record: Any = record) -> copies.Fates:  # noqa: ANN401
                fates: copies.Fates = await record(rows)
                recorded_together.update(fates.tolist())
                return fates

            writer.record = counted  # type: ignore[method-assign]  # it is the real one that records
        return writers

    async def scenario() -> None:
        together, alone, posted = three
        async with filled(together) as database:
            one = await applied(replace(database, copies=lambda: watched(database)))
            all_of_one, standing = recorded_tables(database.engine), _standings(database)
        async with filled(alone) as database:
            other = await applied(replace(database, copies=list))
            all_of_other = recorded_tables(database.engine)
        assert replace(one, moves=()) == replace(other, moves=())
        assert set(one.moves) == set(other.moves)
        for ours, theirs in zip(all_of_one, all_of_other, strict=True):
            assert ours == theirs

        async with filled(posted) as database:
            await database.recorder.record([allow_refusal(each) for each in _posts(database, one.handed_over)])
            by_posts = _standings(database)
        for ours, theirs in zip(standing, by_posts, strict=True):
            assert [each for each in ours if each not in theirs] == []
            assert ours == theirs
        assert one.decided > ACCOUNTS // 2 > 0 < one.in_handoff
        assert sum(each.count for each in one.moves) > 10 < one.unchanged

    asyncio.run(scenario())
    assert recorded_together[copies.Fate.RECORDED] > ACCOUNTS // 3 > 10 < recorded_together[copies.Fate.ASIDE]


def _posts(database: Database, handed_over: tuple[str, ...]) -> Iterator[Submission[Any]]:
    """A classification of each account on the facts that it stands on."""
    for place in range(ACCOUNTS):
        stood = standing_decision(database.engine, f"acc-{place}")
        if stood is None or stood.account_id in handed_over:
            continue
        facts = replace(stood.decision.facts, vp_decision=None, move=None, on_record=None, trigger=None)
        on = max(APPLIED_ON, stood.decision.effective_on)
        yield propose_classification(facts, on, TODAY, None, ASKED)


def _standings(database: Database) -> list[Any]:
    """Where accounts stand, and their reviews."""
    decisions = (standing_decision(database.engine, f"acc-{place}") for place in range(ACCOUNTS))
    stood = [
        (each.account_id, each.decision.policy_version, each.decision._replace(policy=ANY_POLICY), each.team_before)
        for each in decisions
        if each is not None
    ]
    with database.engine.connect() as connection:
        query = "SELECT account_id, counts_fingerprint, status, resolved_segment FROM reviews ORDER BY 1, 2"
        moves = "SELECT account_id, move, changed_over_on, name, owner_id FROM accounts ORDER BY 1"
        return [stood, connection.execute(text(query)).all(), connection.execute(text(moves)).all()]
