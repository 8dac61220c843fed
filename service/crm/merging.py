"""One change of a record, whichever CRM and format told of it, and its merging into what is known."""

from dataclasses import dataclass
from enum import StrEnum

from service.crm.facts_patch import NOTHING, Patch
from service.crm.known_record import EventOrder, KnownRecord, KnownValue, join


class RecordKind(StrEnum):
    """What a record is, in Salesforce's words; a company of HubSpot is an account."""

    ACCOUNT = "account"
    OPPORTUNITY = "opportunity"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A change of one record; of every record of its kind, where ``record_id`` is None.

    ``is_there`` says that the record exists at this moment, ``is_gap`` that changes of it were lost, and ``tells_all``
    that the patch states every fact that the mapping has.
    """

    kind: RecordKind
    record_id: str | None
    order: EventOrder
    patch: Patch = NOTHING
    deletes: bool = False
    is_there: bool = False
    is_gap: bool = False
    tells_all: bool = False


def merge(known: KnownRecord, change: RecordChange) -> KnownRecord:
    """What is known of a record once a change of it is known too.

    Of each field the newest statement stands, so that changes can be merged in any order, and more than once.

    Raises:
        ValueError: the change is of another record.
    """
    order = change.order
    told = KnownRecord(
        record_id=known.record_id if change.record_id is None else change.record_id,
        fields={name: KnownValue(value=value, order=order) for name, value in change.patch.stated.items()},
        gone_at=order if change.deletes else None,
        there_at=order if change.is_there else None,
        gap_at=order if change.is_gap else None,
        whole_at=order if change.tells_all else None,
    )
    return join(known, told)
