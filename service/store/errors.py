"""What can go wrong in recording and finding again."""

from uuid import UUID


class StoreError(Exception):
    """Something that the store refuses or cannot do. ``code`` is stable."""

    code: str


class StoreUnavailableError(StoreError):
    """The database cannot be reached, or cannot do this now. Nothing half-written is left; try again."""

    code = "store_unavailable"


class StoreBusyError(StoreError):
    """It cannot be recorded soon: too much is waiting, or another process holds the account. Nothing was recorded."""

    code = "store_busy"


class KeyReusedError(StoreError):
    """An idempotency key came again with another request. Use a new key for a new request."""

    code = "idempotency_key_reused"


class KeyInFlightError(StoreError):
    """The first request with this idempotency key is still being recorded. Try again in a moment."""

    code = "idempotency_key_in_flight"


class UnknownRevisionError(StoreError):
    """What is asked rests on a policy revision that is not on record here as it was read then.

    The database was put back, or a newer release wrote it: restore what it lacks, or run that release.
    """

    code = "unknown_revision"

    def __init__(self, policy_id: str, version: int) -> None:
        super().__init__(f"{policy_id} revision {version} is not on record here as it was read then")


class NotFoundError(StoreError):
    """There is no policy draft, subscriber or delivery of that identifier."""

    code = "not_found"

    def __init__(self, what: str, identifier: UUID) -> None:
        super().__init__(f"There is no {what} {identifier}")


class UnsafeSqliteError(StoreError):
    """The SQLite library is one that can corrupt a write-ahead log. Install a newer one (pysqlite3)."""

    code = "unsafe_sqlite"


class SchemaBehindError(StoreError):
    """The database's schema is not one that this release works with. Run ``chalkline migrate``."""

    code = "schema_behind"


class BackupRefusedError(StoreError):
    """A database is not backed up or restored so. The message says why, and nothing was changed."""

    code = "backup_refused"


class KeyNameTakenError(StoreError):
    """Another API key that still works acts under this name. Rotate that one, or take another name."""

    code = "key_name_taken"


class KeyNotFoundError(StoreError):
    """There is no API key of that identifier that still works."""

    code = "key_not_found"


class SubscriberEndedError(StoreError):
    """The subscriber ended. Make another one."""

    code = "subscriber_ended"


class SubscriberNotEnabledError(StoreError):
    """Nothing is sent to the subscriber. Enable it first."""

    code = "subscriber_not_enabled"


class NoSigningSecretError(StoreError):
    """Nothing is signed for this subscriber: its target is the CRM, which has credentials of its own."""

    code = "no_signing_secret"


class DeliveryPendingError(StoreError):
    """The delivery is still on its way. Wait until it is delivered or given up."""

    code = "delivery_pending"


class LinkSpentError(StoreError):
    """A link of the first start was used, or is too old: sign in with a key."""

    code = "link_spent"
