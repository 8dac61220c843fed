"""Policy drafts, their publication, and what is odd in a policy. All are written once, and never changed."""

from collections.abc import Callable
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from service.domain.drafts import (
    PolicyDraft,
    Publication,
    RecordedDraft,
    check_publishable,
)
from service.domain.errors import UnknownPolicyError
from service.domain.lab.lint import Finding
from service.domain.policies import Policies
from service.store.engine import session, writing
from service.store.errors import UnknownDraftError
from service.store.policy_cache import PARAMETERS, newest_number, policies_in, revision_in
from service.store.recorder.postgres_connection import POLICIES_LOCK
from service.store.recording import Clock
from service.store.remembering import Act
from service.store.tables.policies import PolicyDraftRow, PolicyFindingsRow, PolicyRevisionRow

_FINDINGS = TypeAdapter(tuple[Finding, ...])


def drafting(make: Callable[[Policies], PolicyDraft], request_id: str) -> Act[RecordedDraft]:
    """Keep a draft that is made of what is published."""

    def keep(opened: Session) -> RecordedDraft:
        draft = make(policies_in(opened))
        opened.add(
            PolicyDraftRow(
                id=draft.id,
                policy_id=draft.based_on.id,
                based_on=draft.based_on.version,
                parameters=PARAMETERS.dump_json(draft.parameters).decode(),
                effective_from=draft.effective_from,
                effective_until=draft.effective_until,
                reason=draft.reason,
                drafted_by=draft.drafted_by,
                drafted_at=draft.drafted_at,
                request_id=request_id,
            )
        )
        return RecordedDraft(draft, None)

    return keep


def publishing(draft_id: UUID, by: str, clock: Clock, request_id: str, *, second_person: bool) -> Act[RecordedDraft]:
    """Publish a draft as the next revision of its policy, once every decision under way is recorded.

    Whatever is recorded at a later instant rests on it, where it holds on the day decided for.

    Raises (when it is carried out):
        UnknownDraftError: there is no such draft.
        DomainError: it cannot be published; see ``check_publishable``.
    """

    def publish(opened: Session) -> RecordedDraft:
        if opened.connection().dialect.name == "postgresql":
            # The recorder shares this lock for the length of a batch: no decision falls on both sides of a publication.
            opened.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POLICIES_LOCK})
        found = _draft(opened, draft_id)
        if found is None:
            raise UnknownDraftError(draft_id)
        policy_id = found.draft.based_on.id
        newest = policies_in(opened).newest(policy_id)
        if newest is None:
            raise UnknownPolicyError(policy_id)
        check_publishable(found, newest.version, by, second_person=second_person)
        publication = Publication(version=newest.version + 1, published_by=by, published_at=clock())
        opened.add(
            PolicyRevisionRow(
                number=newest_number(opened) + 1,
                policy_id=policy_id,
                version=publication.version,
                draft_id=draft_id,
                published_by=by,
                published_at=publication.published_at,
                request_id=request_id,
            )
        )
        return RecordedDraft(found.draft, publication)

    return publish


def find_draft(engine: Engine, draft_id: UUID) -> RecordedDraft | None:
    """One draft, or None where there is none of that identifier."""
    with session(engine) as opened:
        return _draft(opened, draft_id)


def page_of_drafts(engine: Engine, *, limit: int, before: UUID | None = None) -> list[RecordedDraft]:
    """At most ``limit`` drafts, newest first; with ``before``, those that come after that one."""
    query = _DRAFTS.order_by(col(PolicyDraftRow.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(PolicyDraftRow.id) < before)
    with session(engine) as opened:
        return [_recorded(opened, *found) for found in opened.exec(query)]


def published_drafts(engine: Engine) -> dict[tuple[str, int], RecordedDraft]:
    """The drafts that were published, by the policy and the number of the revision that each became."""
    with session(engine) as opened:
        found = [
            _recorded(opened, *each) for each in opened.exec(_DRAFTS.where(col(PolicyRevisionRow.number).is_not(None)))
        ]
    return {(each.draft.based_on.id, each.publication.version): each for each in found if each.publication is not None}


def find_findings(engine: Engine, digest: str, release: str) -> tuple[Finding, ...] | None:
    """What a release found odd in a policy of this digest, or None where it has not looked yet."""
    with session(engine) as opened:
        row = opened.get(PolicyFindingsRow, (digest, release))
    return None if row is None else _FINDINGS.validate_json(row.findings)


def keep_findings(engine: Engine, digest: str, release: str, findings: tuple[Finding, ...]) -> None:
    """Remember what a release found. Where another looked at the same time, it found the same."""
    kept = {"digest": digest, "release": release, "findings": _FINDINGS.dump_json(findings).decode()}
    with writing(engine) as opened:
        opened.connection().execute(text(_KEEP_FINDINGS), kept)
        opened.commit()


_KEEP_FINDINGS = """
INSERT INTO policy_findings (digest, found_by, findings) VALUES (:digest, :release, :findings) ON CONFLICT DO NOTHING
"""

_DRAFTS = select(PolicyDraftRow, PolicyRevisionRow).join(
    PolicyRevisionRow, col(PolicyRevisionRow.draft_id) == col(PolicyDraftRow.id), isouter=True
)


def _draft(opened: Session, draft_id: UUID) -> RecordedDraft | None:
    found = opened.exec(_DRAFTS.where(PolicyDraftRow.id == draft_id)).first()
    return None if found is None else _recorded(opened, *found)


def _recorded(opened: Session, row: PolicyDraftRow, published: PolicyRevisionRow | None) -> RecordedDraft:
    draft = PolicyDraft(
        id=row.id,
        based_on=revision_in(opened, row.policy_id, row.based_on),
        parameters=PARAMETERS.validate_json(row.parameters),
        effective_from=row.effective_from,
        effective_until=row.effective_until,
        reason=row.reason,
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
    )
    return RecordedDraft(draft, None if published is None else _publication(published))


def _publication(row: PolicyRevisionRow) -> Publication:
    return Publication(version=row.version, published_by=row.published_by, published_at=row.published_at)
