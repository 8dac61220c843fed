"""Locks that somebody else holds while a recorder is at work."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pysqlite3.dbapi2 as sqlite

from service.store.recorder.postgres_connection import POLICIES_LOCK, lock_number


@contextmanager
def account_held(url: str, account: str) -> Iterator[None]:
    """Hold an account's lock, as another process does in the middle of a batch."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number("account", account)])
        yield


@contextmanager
def publication_under_way(url: str) -> Iterator[None]:
    """Hold what a publication holds alone."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [POLICIES_LOCK])
        yield


@contextmanager
def row_held(url: str, account: str) -> Iterator[None]:
    """Hold an account's row, as somebody at a console does."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM accounts WHERE account_id = %s FOR UPDATE", [account])
        yield


@contextmanager
def database_held(url: str) -> Iterator[None]:
    """Keep a database from taking any decision."""
    if url.startswith("sqlite"):
        connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.close()
        return
    with psycopg.connect(url) as held:
        held.execute("LOCK TABLE policy_revisions")
        yield
