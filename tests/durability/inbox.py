"""What a database holds of what CRMs sent."""

from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session, select

from service.store.engine import connect_engine
from service.store.tables.events import EventRow, PayloadRow


@dataclass(frozen=True)
class Inbox:
    """Events by key and by what became of them, payloads by how many events they brought; astray is one without."""

    events: Counter[str]
    statuses: Counter[str]
    payloads: Counter[int]
    astray: int


def inbox_of(url: str) -> Inbox:
    engine = connect_engine(url)
    with Session(engine) as opened:
        rows = list(opened.exec(select(EventRow)))
        payloads = set(opened.exec(select(PayloadRow.id)))
    engine.dispose()
    by_payload = Counter(row.payload_id for row in rows)
    return Inbox(
        events=Counter(row.event_key for row in rows),
        statuses=Counter(row.status for row in rows),
        payloads=Counter(by_payload.values()),
        astray=len(payloads ^ set(by_payload)),
    )
