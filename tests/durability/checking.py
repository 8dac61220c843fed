"""Whether a record holds what was acknowledged. Pure: told apart from how either was come by."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_SEQUENCE = re.compile(rb',"sequence":(null|\d+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A decision that a client was told of with 201: in which request, and in which bytes."""

    decision_id: str
    request_id: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decision that the database holds, with the bytes that the service would answer it in."""

    decision_id: str
    account_id: str
    request_id: str
    previous_decision_id: str | None
    body: bytes


def faults(
    acknowledged: Iterable[Acknowledged], recorded: Iterable[Recorded], standings: Mapping[str, str]
) -> list[str]:
    """What is wrong, a sentence each: empty when everything acknowledged is there once, whole, and in its place.

    A request identifier is sent again only with its idempotency key, so no two decisions may share one.
    ``standings`` gives the decision that each account stands on.
    """
    recorded = list(recorded)
    return [*_of_acknowledged(acknowledged, recorded), *_of_requests(recorded), *_of_accounts(recorded, standings)]


def _unsealed(body: bytes) -> bytes:
    """A decision as it is answered, but for its number in the ledger, which it gets in a moment."""
    return _SEQUENCE.sub(b"", body)


def _of_acknowledged(acknowledged: Iterable[Acknowledged], recorded: list[Recorded]) -> Iterator[str]:
    by_id: dict[str, list[Recorded]] = {}
    for found in recorded:
        by_id.setdefault(found.decision_id, []).append(found)
    for told in acknowledged:
        found_for_it = by_id.get(told.decision_id, [])
        if len(found_for_it) != 1:
            yield f"Acknowledged decision {told.decision_id} is recorded {len(found_for_it)} times"
        elif _unsealed(found_for_it[0].body) != _unsealed(told.body) or found_for_it[0].request_id != told.request_id:
            yield f"Decision {told.decision_id} is recorded otherwise than acknowledged"


def _of_requests(recorded: list[Recorded]) -> Iterator[str]:
    for request_id, count in Counter(found.request_id for found in recorded).items():
        if count > 1:
            yield f"Request {request_id} is recorded {count} times"


def _of_accounts(recorded: list[Recorded], standings: Mapping[str, str]) -> Iterator[str]:
    newest: dict[str, str] = {}
    for found in sorted(recorded, key=lambda found: found.decision_id):
        if found.previous_decision_id != newest.get(found.account_id):
            yield f"Decision {found.decision_id} does not follow the one before it on {found.account_id}"
        newest[found.account_id] = found.decision_id
    for account_id in sorted(newest.keys() | standings.keys()):
        if newest.get(account_id) != standings.get(account_id):
            yield f"Account {account_id} does not stand on its newest decision"
