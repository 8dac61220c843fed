"""The policy revisions of a database, each built once: a published revision never changes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Date, Engine, text
from sqlmodel import Session, col, select

from service.domain.decision import RecordedDecision
from service.domain.drafts import revision
from service.domain.duties.policy import DutyPolicy
from service.domain.policies import BUILT_IN, Policies
from service.domain.policy import AnyPolicy, Policy
from service.domain.program import Program
from service.domain.program_json import program_digest
from service.domain.questions_json import UnknownProcedureError
from service.store.programs import first_program, load_parameters, load_program
from service.store.rows import Decoders, Row
from service.store.rows.decisions import decode_decision
from service.store.tables.decisions import DecisionRow, ProgramRow

NEWEST = """
SELECT number, CAST(draft_id AS VARCHAR) FROM policy_revisions
WHERE number = (SELECT max(number) FROM policy_revisions)
"""
"""The newest publication: no two databases have the same one without having all before it in common."""
REVISIONS = """
SELECT r.number, CAST(d.id AS VARCHAR), r.policy_id, r.version, d.parameters, d.effective_from, d.effective_until
FROM policy_revisions r JOIN policy_drafts d ON d.id = r.draft_id
ORDER BY r.number
"""
"""What was published, in the order of publication: of each its number, draft, policy, version, parameters and days."""
_Newest: TypeAlias = tuple[int, str] | None
_REVISIONS = text(REVISIONS).columns(effective_from=Date, effective_until=Date)


class PolicyCache:
    """What is known of a database's published revisions; shared by all threads that read from it or write to it.

    ``policies`` are what was published, as far as it is known here.
    """

    def __init__(self) -> None:
        self.policies = BUILT_IN
        self._published: tuple[_Newest, Policies] = (None, BUILT_IN)
        self._built: dict[str, AnyPolicy] = {}
        self._revisions = {(policy.id, policy.version): policy for policy in BUILT_IN.all}
        self._programs: dict[str, Program | None] = {}
        self._read: dict[tuple[Policy, str], Policy] = {}

    def as_of(self, newest: Sequence[Any] | None) -> Policies | None:
        """What is published where this is the newest publication, a row of ``NEWEST``; None where it is to be learnt.

        A database that was restored may have fewer publications than are known here, or others.
        """
        known, policies = self._published
        return policies if known == (None if newest is None else tuple(newest)) else None

    def refresh(self, published: Iterable[Iterable[Any]]) -> Policies:
        """Take up all that is published: the rows of ``REVISIONS``."""
        built: list[AnyPolicy] = []
        newest: _Newest = None
        for number, draft, *row in published:
            newest = (number, draft)
            # One value for each draft, though two threads take it up at once: what was made of it is found again.
            built.append(self._built.get(draft) or self._built.setdefault(draft, _built(*row)))
        policies = Policies(
            (*BUILT_IN.published, *(policy for policy in built if isinstance(policy, Policy))),
            (*BUILT_IN.duties, *(policy for policy in built if isinstance(policy, DutyPolicy))),
        )
        self._revisions = {(policy.id, policy.version): policy for policy in policies.all}
        self._published, self.policies = (newest, policies), policies
        return policies

    def revision(self, policy_id: str, version: int) -> AnyPolicy | None:
        """A revision that is known to have been published."""
        return self._revisions.get((policy_id, version))

    def unknown_programs(self, digests: Iterable[str | None]) -> list[str]:
        """Those of these programs that are to be loaded before a revision is read by them."""
        own = {program_digest(policy.program) for policy in self.policies.published}
        return sorted({digest for digest in digests if digest is not None} - self._programs.keys() - own)

    def keep_programs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Take up programs: rows of ``PROGRAMS``. One that this release cannot read is none to it."""
        for digest, text_of_program in rows:
            try:
                self._programs[digest] = load_program(text_of_program)
            except UnknownProcedureError:
                self._programs[digest] = None

    def read_by(self, policy_id: str, version: int, digest: str | None) -> Policy | None:
        """A published revision as a program reads it, which is known by now; None where either is not.

        Without a digest it is read by the first program.
        """
        policy = self.revision(policy_id, version)
        if not isinstance(policy, Policy):
            return None
        program = first_program(policy.parameters) if digest is None else self._programs.get(digest)
        own = program_digest(policy.program)
        if digest == own or (program is not None and program_digest(program) == own):
            return policy
        if program is None:
            return None
        # One value for all that is read so: what is put into words once of its steps is found again.
        return self._read.setdefault((policy, program_digest(program)), replace(policy, program=program))


def cache_of(engine: Engine) -> PolicyCache:
    """The one cache of an engine's database, there for as long as there is the engine."""
    cache: PolicyCache = engine.get_execution_options()["policy_cache"]
    return cache


def read_policies(session: Session) -> Policies:
    """What is published now, read in a session of the caller's."""
    cache, connection = _cache(session), session.connection()
    policies = cache.as_of(connection.execute(text(NEWEST)).first())
    return cache.refresh(connection.execute(_REVISIONS)) if policies is None else policies


def read_newest_number(session: Session) -> int:
    """The number of the newest publication, 0 where there was none."""
    newest = session.connection().execute(text(NEWEST)).first()
    return 0 if newest is None else int(newest[0])


def read_decision(session: Session, row: DecisionRow) -> RecordedDecision:
    """The decision that a row holds, under the revision that it names, read by the program that it names."""
    cache = _cache(session)
    if unknown := cache.unknown_programs([row.program]):
        cache.keep_programs(_programs(session, unknown))
    find_revision(session, row.policy_id, row.policy_version)
    return decode_decision(row, cache.read_by(row.policy_id, row.policy_version, row.program))


def read_programs(session: Session) -> PolicyCache:
    """The cache, once it knows every revision and every program."""
    cache = _cache(session)
    read_policies(session)
    cache.keep_programs(_programs(session))
    return cache


def _programs(session: Session, digests: list[str] | None = None) -> list[tuple[str, str]]:
    """The programs of these digests, or all."""
    query = select(ProgramRow.digest, ProgramRow.program)
    if digests is not None:
        query = query.where(col(ProgramRow.digest).in_(digests))
    return list(session.exec(query))


def find_revision(session: Session, policy_id: str, version: int) -> AnyPolicy | None:
    """A published revision; None where it is not on record here."""
    found = _cache(session).revision(policy_id, version)
    return read_policies(session).revision(policy_id, version) if found is None else found


def _cache(session: Session) -> PolicyCache:
    return cache_of(session.connection().engine)


def published(rows: Iterable[Iterable[Any]], decoders: Decoders) -> Iterator[Row]:
    """The rows of ``REVISIONS``, from those that a database's own driver gives."""
    for *stated, first, until in rows:
        yield (*stated, decoders.day(first), None if until is None else decoders.day(until))


def _built(policy_id: str, version: int, parameters: str, *days: *tuple[date, date | None]) -> AnyPolicy:
    return revision(policy_id, version, load_parameters(policy_id, parameters), *days)
