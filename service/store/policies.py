"""Policy drafts, their publication or withdrawal, and what is odd in a policy. All are written once."""

from collections.abc import Callable, Collection
from typing import TypeVar
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Engine, and_, text
from sqlmodel import Session, col, select

from service.domain.drafts import PolicyDraft, Publication, RecordedDraft, Withdrawal, check_open, check_publishable
from service.domain.duties.policy import DutyPolicy
from service.domain.duties.program_json import duty_program_json
from service.domain.errors import UnknownPolicyError
from service.domain.lab.lint import Finding
from service.domain.policies import Policies
from service.domain.policy import AnyPolicy, UnknownRevision
from service.domain.program_json import program_json
from service.store.engine import newest_first, open_session, open_writer
from service.store.errors import NotFoundError, UnknownRevisionError
from service.store.policy_cache import find_revision, read_newest_number, read_policies, read_programs
from service.store.programs import load_parameters, parameters_json
from service.store.recorder.postgres_connection import POLICIES_LOCK
from service.store.recording import Clock
from service.store.rows import value_of
from service.store.rows.decisions import ReadBy
from service.store.tables.decisions import ProgramRow, StatementRow
from service.store.tables.policies import PolicyDraftRow, PolicyFindingsRow, PolicyRevisionRow

Revision = TypeVar("Revision", bound=AnyPolicy)
_FINDINGS = TypeAdapter(tuple[Finding, ...])


def current_policies(engine: Engine) -> Policies:
    """What is published now.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return read_policies(session)


def load_revisions(engine: Engine) -> ReadBy:
    """Every revision that is published now, as any program reads it that decisions name.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return read_programs(session).read_by


def find_program(engine: Engine, digest: str) -> str | None:
    """The JSON of a program that decisions name: one that is stored, or one of what is published now.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        row, published = session.get(ProgramRow, digest), read_policies(session)
    if row is not None:
        return row.program
    found = next((policy for policy in published.all if policy.digest == digest), None)
    if isinstance(found, DutyPolicy):
        return duty_program_json(found.program).decode()
    return None if found is None else program_json(found.program).decode()


def stored_programs(engine: Engine, digests: Collection[str]) -> dict[str, str]:
    """The JSON of programs that are stored, by their digests.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    query = select(ProgramRow).where(col(ProgramRow.digest).in_(digests))
    with open_session(engine) as session:
        return {row.digest: row.program for row in session.exec(query)}


def on_record(policy: Revision | UnknownRevision) -> Revision:
    """The revision that something rests on.

    Raises:
        UnknownRevisionError: it is not on record here.
    """
    if isinstance(policy, UnknownRevision):
        raise UnknownRevisionError(policy.id, policy.version)
    return policy


def keep_draft(session: Session, make: Callable[[Policies], PolicyDraft], request_id: str) -> RecordedDraft:
    """Keep a draft that is made of what is published."""
    draft = make(read_policies(session))
    based_on, parameters = draft.based_on, parameters_json(draft.parameters)
    own = {"policy_id": based_on.id, "based_on": based_on.version, "parameters": parameters}
    session.add(PolicyDraftRow.model_validate(draft, update=own | {"request_id": request_id}))
    return RecordedDraft(draft, None)


def publish_draft(
    session: Session, draft_id: UUID, by: str, clock: Clock, request_id: str, *, second_person: bool
) -> RecordedDraft:
    """Publish a draft as the next revision of its policy, once every decision under way is recorded.

    Whatever is recorded at a later instant rests on it, where it holds on the day decided for.

    Raises:
        NotFoundError: there is no such draft.
        DomainError: it cannot be published; see ``check_publishable``.
    """
    _lock_publications(session)
    found = _draft(session, draft_id)
    if found is None:
        raise NotFoundError("policy draft", draft_id)
    policy_id = found.draft.based_on.id
    newest = read_policies(session).newest(policy_id)
    if newest is None:
        raise UnknownPolicyError(policy_id)
    check_publishable(found, newest.version, by, second_person=second_person)
    publication = Publication(version=newest.version + 1, published_by=by, published_at=clock())
    own = {"number": read_newest_number(session) + 1, "policy_id": policy_id, "draft_id": draft_id}
    session.add(PolicyRevisionRow.model_validate(publication, update=own | {"request_id": request_id}))
    return RecordedDraft(found.draft, publication)


def withdraw_draft(
    session: Session, draft_id: UUID, withdrawal: Withdrawal, statement_id: UUID, request_id: str
) -> RecordedDraft:
    """Keep on record that a draft is not to be published.

    Raises:
        NotFoundError: there is no such draft.
        DraftPublishedError, DraftWithdrawnError: it was published or withdrawn already.
    """
    _lock_publications(session)
    found = _draft(session, draft_id)
    if found is None:
        raise NotFoundError("policy draft", draft_id)
    check_open(found)
    body = orjson.dumps({"reason": withdrawal.reason, "request_id": request_id}).decode()
    by, at = withdrawal.withdrawn_by, withdrawal.withdrawn_at
    session.add(StatementRow(id=statement_id, kind=_WITHDRAWAL, subject_id=draft_id, said_by=by, said_at=at, body=body))
    return RecordedDraft(found.draft, None, withdrawal)


def _lock_publications(session: Session) -> None:
    if session.connection().dialect.name == "postgresql":
        # The recorder shares this lock for the length of a batch: no decision falls on both sides of a publication.
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POLICIES_LOCK})


def find_draft(engine: Engine, draft_id: UUID) -> RecordedDraft | None:
    """One draft, or None where there is none of that identifier."""
    with open_session(engine) as session:
        return _draft(session, draft_id)


def page_of_drafts(engine: Engine, *, limit: int, before: UUID | None = None) -> list[RecordedDraft]:
    """At most ``limit`` drafts, newest first; with ``before``, those that come after that one."""
    with open_session(engine) as session:
        page = session.exec(newest_first(_DRAFTS, PolicyDraftRow, limit, before))
        return [_recorded(session, *found) for found in page]


def published_drafts(engine: Engine) -> dict[tuple[str, int], RecordedDraft]:
    """The drafts that were published, by the policy and the number of the revision that each became."""
    with open_session(engine) as session:
        published = session.exec(_DRAFTS.where(col(PolicyRevisionRow.number).is_not(None)))
        found = [_recorded(session, *each) for each in published]
    return {(each.draft.based_on.id, each.publication.version): each for each in found if each.publication is not None}


def find_findings(engine: Engine, digest: str, release: str) -> tuple[Finding, ...] | None:
    """What a release found odd in a policy of this digest, or None where it has not looked yet."""
    with open_session(engine) as session:
        row = session.get(PolicyFindingsRow, (digest, release))
    return None if row is None else _FINDINGS.validate_json(row.findings)


def keep_findings(engine: Engine, digest: str, release: str, findings: tuple[Finding, ...]) -> None:
    """Remember what a release found. Where another looked at the same time, it found the same."""
    kept = {"digest": digest, "release": release, "findings": _FINDINGS.dump_json(findings).decode()}
    with open_writer(engine) as session:
        session.connection().execute(text(_KEEP_FINDINGS), kept)
        session.commit()


_KEEP_FINDINGS = """
INSERT INTO policy_findings (digest, found_by, findings) VALUES (:digest, :release, :findings) ON CONFLICT DO NOTHING
"""

_WITHDRAWAL = "draft_withdrawal"
_DRAFTS = (
    select(PolicyDraftRow, PolicyRevisionRow, StatementRow)
    .join(PolicyRevisionRow, col(PolicyRevisionRow.draft_id) == col(PolicyDraftRow.id), isouter=True)
    .join(
        StatementRow,
        and_(col(StatementRow.subject_id) == col(PolicyDraftRow.id), col(StatementRow.kind) == _WITHDRAWAL),
        isouter=True,
    )
)


def _draft(session: Session, draft_id: UUID) -> RecordedDraft | None:
    found = session.exec(_DRAFTS.where(PolicyDraftRow.id == draft_id)).first()
    return None if found is None else _recorded(session, *found)


def _recorded(
    session: Session, row: PolicyDraftRow, published: PolicyRevisionRow | None, withdrawn: StatementRow | None
) -> RecordedDraft:
    based_on = find_revision(session, row.policy_id, row.based_on) or UnknownRevision(row.policy_id, row.based_on, None)
    draft = value_of(PolicyDraft, row, based_on=based_on, parameters=load_parameters(row.policy_id, row.parameters))
    publication = None if published is None else value_of(Publication, published)
    return RecordedDraft(draft, publication, None if withdrawn is None else _withdrawal(withdrawn))


def _withdrawal(row: StatementRow) -> Withdrawal:
    reason = orjson.loads(row.body)["reason"]
    return Withdrawal(withdrawn_by=row.said_by, withdrawn_at=row.said_at, reason=reason)
