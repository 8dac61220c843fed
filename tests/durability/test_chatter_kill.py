"""A worker that is killed between Salesforce's taking a post and our noting it: the post is there once, and known."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from service import wiring
from service.domain.subscriptions import Target
from service.store.delivery.posts import posts_about
from tests.application import Clock
from tests.delivery.feeds import POST, QUERY
from tests.delivery.salesforce import ACCOUNT, CLIENT_ID, CLIENT_SECRET, salesforce
from tests.durability.process import WorkerProcess
from tests.relay.place import workers
from tests.store.jobs import recording, submission

START_SECONDS = 60


def clock() -> datetime:
    return wiring.now().astimezone(UTC)


@pytest.mark.slow
def test_the_kill_of_a_worker_at_its_post_leaves_one_post_whose_identifier_is_kept(database_url: str) -> None:
    async def scenario() -> None:
        async with recording(database_url, clock=clock) as database, salesforce() as crm:
            crm.feeds.now, crm.feeds.holding = clock, asyncio.Event()
            later = Clock(clock())
            async with workers(database, later, 1, salesforce_url=crm.url, chatter=True) as (other,):
                other.subscribe(0, target=Target.SALESFORCE)
                reviewed = submission(ACCOUNT, df=12, wrong={"df": "Counts one office"})
                (decision,) = await database.recorder.record([reviewed])
                settings = {
                    "CHALKLINE_SALESFORCE_INSTANCE_URL": crm.url,
                    "CHALKLINE_SALESFORCE_CLIENT_ID": CLIENT_ID,
                    "CHALKLINE_SALESFORCE_CLIENT_SECRET": CLIENT_SECRET,
                    "CHALKLINE_SALESFORCE_CHATTER": "true",
                }
                killed = await asyncio.to_thread(partial(WorkerProcess, database_url, **settings))
                try:
                    async with asyncio.timeout(START_SECONDS):
                        while not crm.feeds.posts:  # noqa: ASYNC110 - the stand-in wakes nobody
                            await asyncio.sleep(0.01)
                finally:
                    await asyncio.to_thread(killed.kill)
                crm.feeds.holding.set()
                await other.pass_time(hours=0.5, step=timedelta(minutes=1))

            assert (crm.requests.count(POST), crm.requests.count(QUERY)) == (1, 1)
            assert decision.review_id is not None
            (kept,) = posts_about(database.engine, [decision.review_id])[decision.review_id]
            assert kept.post_id == crm.feeds.posts[0]["Id"]

    asyncio.run(scenario())
