"""The policy revisions of a database, each built once: a published revision never changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Date, Engine, text
from sqlmodel import Session

from service.domain.decision import RecordedDecision
from service.domain.drafts import revision
from service.domain.policies import BUILT_IN, Policies
from service.domain.policy import Parameters, Policy
from service.store.errors import UnknownRevisionError
from service.store.rows.decisions import decode_decision
from service.store.rows.decoders import Decoders
from service.store.tables.decisions import DecisionRow

PARAMETERS = TypeAdapter(Parameters)

NEWEST_NUMBER = "SELECT coalesce(max(number), 0) FROM policy_revisions"
REVISIONS = """
SELECT r.policy_id, r.version, d.parameters, d.effective_from, d.effective_until
FROM policy_revisions r JOIN policy_drafts d ON d.id = r.draft_id
ORDER BY r.number
"""
"""What was published, in the order of publication: the rows of ``Published``."""
_REVISIONS = text(REVISIONS).columns(effective_from=Date, effective_until=Date)


class Published(NamedTuple):
    """A published revision as it is stored."""

    policy_id: str
    version: int
    parameters: str
    effective_from: date
    effective_until: date | None


@dataclass(frozen=True, slots=True)
class _Known:
    number: int
    policies: Policies


class PolicyCache:
    """What is known of a database's published revisions; shared by all threads that read from it or write to it."""

    def __init__(self) -> None:
        self._known = _Known(0, BUILT_IN)
        self._refreshing = Lock()

    @property
    def policies(self) -> Policies:
        """What was published, as far as it is known here."""
        return self._known.policies

    def is_fresh(self, number: int) -> bool:
        """Whether it has all that was published up to a publication's number, the newest one of the database."""
        return number == self._known.number

    def refresh(self, published: Iterable[Published]) -> Policies:
        """Take up all that is published, in the order of publication."""
        with self._refreshing:
            rows = list(published)
            if len(rows) > self._known.number:
                built = tuple(self._known.policies.revision(row.policy_id, row.version) or _built(row) for row in rows)
                self._known = _Known(len(rows), Policies(BUILT_IN.published + built))
            return self._known.policies


def attach_cache(engine: Engine) -> None:
    """Give an engine the cache of its database, for as long as there is the engine."""
    engine.update_execution_options(policy_cache=PolicyCache())


def cache_of(engine: Engine) -> PolicyCache:
    """The one cache of an engine's database."""
    cache: PolicyCache = engine.get_execution_options()["policy_cache"]
    return cache


def read_policies(session: Session) -> Policies:
    """What is published now, read in a session of the caller's."""
    cache = _cache(session)
    if cache.is_fresh(read_newest_number(session)):
        return cache.policies
    return cache.refresh(_published(session))


def read_newest_number(session: Session) -> int:
    """The number of the newest publication, 0 where there was none."""
    return int(session.connection().execute(text(NEWEST_NUMBER)).scalar_one())


def read_decision(session: Session, row: DecisionRow) -> RecordedDecision:
    """The decision that a row holds, under the revision that it names.

    Raises:
        UnknownRevisionError: this release knows no such revision.
    """
    return decode_decision(row, find_revision(session, row.policy_id, row.policy_version))


def find_revision(session: Session, policy_id: str, version: int) -> Policy:
    """A published revision.

    Raises:
        UnknownRevisionError: this release knows no such one.
    """
    cache = _cache(session)
    found = cache.policies.revision(policy_id, version) or cache.refresh(_published(session)).revision(
        policy_id, version
    )
    if found is None:
        raise UnknownRevisionError(policy_id, version)
    return found


def _cache(session: Session) -> PolicyCache:
    return cache_of(session.connection().engine)


def _published(session: Session) -> list[Published]:
    return [Published(*row) for row in session.connection().execute(_REVISIONS)]


def published(rows: Iterable[Iterable[Any]], decoders: Decoders) -> Iterator[Published]:
    """The rows of ``REVISIONS``, as a database's own driver gives them."""
    for policy_id, version, parameters, first, until in rows:
        yield Published(
            policy_id, version, parameters, decoders.day(first), None if until is None else decoders.day(until)
        )


def _built(row: Published) -> Policy:
    parameters = PARAMETERS.validate_json(row.parameters)
    return revision(row.policy_id, row.version, parameters, row.effective_from, row.effective_until)
