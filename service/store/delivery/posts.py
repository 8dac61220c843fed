"""Posts to Chatter: which was tried, with what text and under which mark, and by which identifier it is there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from service.domain.subscriptions import MessageType
from service.store.engine import open_session, open_writer
from service.store.recorder.postgres_connection import lock_number
from service.store.rows import value_of
from service.store.tables.events import ChatterPostRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A text for an account: that of the notice ``id``, which is about the review or the handoff ``subject_id``.

    ``began_at`` is when it was first tried: it may be there since. ``post_id`` is Salesforce's, once that is known.
    """

    id: UUID
    account_id: str
    type: MessageType
    subject_id: UUID
    mark: str
    text: str
    began_at: datetime
    post_id: str | None = None
    posted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """Nobody else posts on the account now. It was tried first at an instant, since when it may be there, or never."""

    since: datetime | None


@dataclass(frozen=True, slots=True)
class Busy:
    """Another post on the account is under way, or may be, until an instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class AlreadySaid:
    """The text is there: it was posted, or the newest post of its kind on the account says the same."""

    by: Post


Beginning: TypeAlias = Begun | Busy | AlreadySaid


def find_post(engine: Engine, post_id: UUID) -> Post | None:
    """The post of a notice, where it was tried."""
    with open_session(engine) as session:
        row = session.get(ChatterPostRow, post_id)
        return None if row is None else value_of(Post, row)


def begin_post(engine: Engine, post: Post, at: datetime, until: datetime) -> Beginning:
    """Begin a post, and keep all others from posting on its account until an instant.

    Its text is kept before anything is sent, so that after a crash it is known that it may be there.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing has begun.
    """
    with open_writer(engine) as session:
        _alone_with(session, post.account_id)
        of_the_account = select(ChatterPostRow).where(ChatterPostRow.account_id == post.account_id)
        busy = session.exec(of_the_account.where(col(ChatterPostRow.busy_until) > at)).first()
        if busy is not None and busy.busy_until is not None:
            return Busy(busy.busy_until)
        row = session.get(ChatterPostRow, post.id)
        there = row if row is not None else _newest(session, post)
        if there is not None and there.post_id is not None and (there is row or there.text == post.text):
            return AlreadySaid(value_of(Post, there))
        begun = Begun(None if row is None else row.began_at)
        row = row or ChatterPostRow.model_validate(post)
        row.text, row.busy_until = post.text, until
        session.add(row)
        session.commit()
        return begun


def _newest(session: Session, post: Post) -> ChatterPostRow | None:
    """The newest post that is there of a kind on an account."""
    of_its_kind = (ChatterPostRow.account_id == post.account_id, ChatterPostRow.type == post.type)
    there = select(ChatterPostRow).where(*of_its_kind, col(ChatterPostRow.post_id).is_not(None))
    return session.exec(there.order_by(col(ChatterPostRow.posted_at).desc()).limit(1)).first()


def end_post(engine: Engine, post_id: UUID, until: datetime, *, is_there: str | None, at: datetime, free: bool) -> None:
    """End a post that was begun until an instant: it ``is_there`` by an identifier, or is not, or nobody knows.

    Unless it is ``free``, others are kept from the account until that instant still.

    Raises:
        StoreUnavailableError: the database cannot be reached. It is looked for before it is tried again.
    """
    with open_writer(engine) as session:
        row = session.get_one(ChatterPostRow, post_id, with_for_update=True)
        if is_there is not None and row.post_id is None:
            row.post_id, row.posted_at = is_there, at
        if free and row.busy_until == until:
            row.busy_until = None
        session.commit()


def posts_about(engine: Engine, subjects: Collection[UUID]) -> dict[UUID, list[Post]]:
    """The posts that are there, oldest first, by the reviews or handoffs that they are about."""
    there = (col(ChatterPostRow.subject_id).in_(subjects), col(ChatterPostRow.post_id).is_not(None))
    found: dict[UUID, list[Post]] = {subject: [] for subject in subjects}
    with open_session(engine) as session:
        for row in session.exec(select(ChatterPostRow).where(*there).order_by(col(ChatterPostRow.id))):
            found[row.subject_id].append(value_of(Post, row))
    return found


def _alone_with(session: Session, account_id: str) -> None:
    """Let no other begin a post on the account until the end of the transaction. SQLite has one writer anyway."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        number = lock_number("chatter", account_id)
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
