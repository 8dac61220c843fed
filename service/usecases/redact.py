"""Redact an account: asked for, confirmed by a second person where publishing needs one, and carried out for good."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from service.crm.partial_payloads import without_records
from service.domain.acts import Act, ActKind
from service.store.acts import recording
from service.store.database import Database, Readable
from service.store.idempotency import do_once
from service.store.once import Answer, Done
from service.store.recording import Clock
from service.store.redactions import (
    Redaction,
    ask_for_redaction,
    carry_out,
    confirm_redaction,
    due_redactions,
    finish_redaction,
)
from service.usecases.leads import Occasion


def request_redaction(
    database: Database,
    account_id: str,
    reason: str,
    occasion: Occasion,
    told: Callable[[Redaction], Answer],
    *,
    second_person: bool,
) -> Done[Redaction]:
    """Ask for the redaction of an account, which with ``second_person`` somebody else has to confirm.

    One that is under way is told as it is.

    Raises:
        UnknownAccountError: nothing was ever decided about the account, and no CRM told of it.
        StoreError: see ``do_once``.
    """
    wanted = Redaction(
        id=occasion.record_id,
        account_id=account_id,
        reason=reason,
        requested_by=occasion.asked.actor,
        requested_at=occasion.at,
        request_id=occasion.asked.request_id,
        needs_second=second_person,
    )

    def act_of(found: Redaction) -> Act | None:
        is_new = found.id == wanted.id
        return _act(ActKind.REDACTION_REQUESTED, occasion, found, reason=reason) if is_new else None

    ask = recording(partial(ask_for_redaction, asked=wanted), act_of)
    return do_once(database.engine, occasion.key, occasion.at, ask, told)


def confirm(
    database: Database, account_id: str, occasion: Occasion, told: Callable[[Redaction], Answer]
) -> Done[Redaction]:
    """Confirm a redaction that somebody else asked for. Where that is not needed, or was done, nothing changes.

    Raises:
        NoRedactionError: none was asked for.
        OwnRedactionError: whoever confirms it asked for it.
        StoreError: see ``do_once``.
    """
    by, at = occasion.asked.actor, occasion.at

    def act_of(found: Redaction) -> Act | None:
        is_confirmed_now = (found.confirmed_by, found.confirmed_at) == (by, at)
        return _act(ActKind.REDACTION_CONFIRMED, occasion, found) if is_confirmed_now else None

    keep = recording(partial(confirm_redaction, account_id=account_id, by=by, at=at), act_of)
    return do_once(database.engine, occasion.key, at, keep, told)


def carry_out_next(database: Readable, now: Clock, new_id: Callable[[], UUID]) -> Redaction | None:
    """Carry out the first redaction that waits for nobody and can be; gives it, None where there is none.

    One that was interrupted is carried out again, from what is left on.

    Raises:
        StoreUnavailableError: the database cannot be reached, or others keep it: it is carried out when they do not.
    """
    failed: Exception | None = None
    for found in due_redactions(database.engine):
        try:
            carry_out(database.engine, found, new_id(), now, without_records)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, those behind it do not wait for that
            failed = failed or error
            continue
        at = now()
        finish_redaction(database.engine, found.id, at)
        return replace(found, redacted_at=at)
    if failed is not None:
        raise failed
    return None


def _act(kind: ActKind, occasion: Occasion, found: Redaction, **more: str) -> Act:
    return Act(
        id=occasion.record_id,
        kind=kind,
        actor=occasion.asked.actor,
        at=occasion.at,
        request_id=occasion.asked.request_id,
        body={"redaction_id": str(found.id), "account_id": found.account_id} | more,
    )
