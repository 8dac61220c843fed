"""Publish a draft as the next revision of its policy."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from service.domain.drafts import RecordedDraft, check_faultless
from service.store.database import Database
from service.store.errors import UnknownDraftError
from service.store.idempotency import do_once
from service.store.policies import find_draft, publish_draft
from service.store.recording import Answer, Clock, Done, IdempotencyKey
from service.usecases.classify import Asked
from service.usecases.draft_policy import findings_on


def publish_policy(
    database: Database,
    draft_id: UUID,
    asked: Asked,
    clock: Clock,
    key: IdempotencyKey | None,
    told: Callable[[RecordedDraft], Answer],
    *,
    second_person: bool,
) -> Done[RecordedDraft]:
    """Publish a draft; with ``second_person`` not for the one who drafted it.

    Raises:
        UnknownDraftError: there is no such draft.
        DomainError: it cannot be published; see ``check_faultless`` and ``check_publishable``.
        StoreError: see ``do_once``.
    """
    found = find_draft(database.engine, draft_id)
    if found is None:
        raise UnknownDraftError(draft_id)
    # A draft never changes, so this need not hold up those who record, as a publication does.
    check_faultless(findings_on(database, found.draft.policy))
    publish = partial(publish_draft, draft_id=draft_id, clock=clock, second_person=second_person)
    act = partial(publish, by=asked.actor, request_id=asked.request_id)
    return do_once(database.engine, key, clock(), act, told)
