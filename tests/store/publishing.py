"""Policy drafts for the tests of the store."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Engine, text

from service.domain.drafts import RecordedDraft
from service.domain.identifiers import uuid7
from service.domain.parameters import changes_from_text
from service.store.idempotency import do_once
from service.store.once import Answer
from service.store.policies import keep_draft, publish_draft
from service.usecases.revise_policy import ProposedRevision, drafted
from tests.store.jobs import AT


def draft(engine: Engine, number: int = 1, *, since: date = date(2022, 2, 1), **changes: str) -> RecordedDraft:
    """Draft the newest revision with some parameters changed."""
    proposal = ProposedRevision(
        policy_id="fy23",
        changes=changes_from_text(changes or {"first_order_min_employees": "600"}),
        effective_from=since,
        effective_until=None,
        reason="A trial",
        proposed_by="operations",
    )
    make = partial(drafted, proposal, draft_id=uuid7(AT, number), at=AT)
    act = partial(keep_draft, make=make, request_id="request-1")
    made = do_once(engine, None, AT, act, lambda _: Answer(b"")).made
    assert made is not None
    return made


def publish(engine: Engine, draft_id: UUID, clock: Callable[[], datetime] = lambda: AT) -> RecordedDraft:
    """Publish a draft."""
    to_publish = partial(publish_draft, draft_id=draft_id, clock=clock, second_person=True)
    act = partial(to_publish, by="a manager", request_id="request-2")
    made = do_once(engine, None, AT, act, lambda _: Answer(b"")).made
    assert made is not None
    return made


def forget_publications(engine: Engine) -> None:
    """Take every published revision out of a database, as a restored backup of before has none."""
    tamper(engine, "policy_revisions", "DELETE FROM policy_revisions")


def tamper(engine: Engine, table: str, statement: str) -> None:
    """Do to a table what its triggers refuse."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
            for (name,) in connection.execute(triggers, {"table": table}).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement))
