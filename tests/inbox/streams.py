"""Streams of change events about many accounts: partial, deleted and brought back, with gaps; drawn from a seed.

Some of their values the usual mapping does not know, and the mended one does.
"""

import random
from collections.abc import Iterator
from typing import Any

from service.crm.mapping import FieldMapping, read_mapping
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.messages import Event, change

MENDED: FieldMapping = read_mapping(
    USUAL_TEXT.replace('"Mid-Market" = "MM"', '"Mid-Market" = "MM"\n"Midmarket" = "MM"', 1)
    + '\n[salesforce.values.lam_dev_count]\n"about 80" = "80"\n'
)
_START_MS = 1_640_995_200_000
_VALUES: dict[str, tuple[Any, ...]] = {
    "Account_Demographics_Region__c": ("EMEA", "AMER", "APAC", "LATAM", "Atlantis", None),
    "Account_Demographics_Sales_Segment__c": ("SMB", "Mid-Market", "Midmarket", "Large", "PubSec", None),
    "Account_Demographic_Max_Family_Employees__c": (45, 240, 640, 3_900, None),
    "LAM_Dev_Count__c": (0, 80, "about 80", 250, None),
    "First_Order_Available__c": (True, False, None),
    "Type": ("Customer", "Prospect", "Partner", None),
    "Key_Account__c": (True, False, None),
    "DataFox_Employees__c": (12, 640, 5_000, None),
    "ZI_Employees__c": (45, 640, 700, None),
    "LinkedIn_Employees__c": (30, 640, None),
    "Lead_Motion__c": ("existing", "outbound", None),
    "CreatedDate": ("2019-01-07T08:00:00Z", "2021-06-01T08:00:00Z"),
    "Name": ("Acme", "Acme GmbH", None),
}


def ordered_stream(seed: int, accounts: int) -> list[Event]:
    """Change events of so many accounts, in the order in which they happened. Each ends as what can be decided.

    Two of them tell of changes of any account that were lost.
    """
    chance = random.Random(seed)
    told = [event for account in range(accounts) for event in _life(f"acc-{account}", chance)]
    told += [_told("000000000000000AAA", "GAP_OVERFLOW", {})] * 2
    moments = sorted(chance.sample(range(1_000_000_000), len(told)))
    # Each account's own order is kept; the accounts' lives are woven into each other.
    lives: dict[str, list[Event]] = {}
    for event in told:
        lives.setdefault(event["ChangeEventHeader"]["recordIds"][0], []).append(event)
    turns = [account for account, life in lives.items() for _ in life]
    chance.shuffle(turns)
    return [_at(lives[account].pop(0), _START_MS + moment) for account, moment in zip(turns, moments, strict=True)]


def disturbed(stream: list[Event], seed: int) -> list[Event]:
    """The same events in any order, every third of them more than once."""
    chance = random.Random(seed)
    told = [*stream, *chance.choices(stream, k=len(stream) // 3)]
    chance.shuffle(told)
    return told


def _life(account: str, chance: random.Random) -> Iterator[Event]:
    yield _told(account, "CREATE", _whole(chance))
    for _ in range(chance.randint(1, 5)):
        match chance.choice(("UPDATE", "UPDATE", "UPDATE", "UPDATE", "GAP_UPDATE", "DELETE")):
            case "DELETE":
                yield _told(account, "DELETE", {})
                if chance.random() < 0.7:
                    yield _told(account, "UNDELETE", _whole(chance))
            case "GAP_UPDATE":
                yield _told(account, "GAP_UPDATE", {})
            case _:
                yield _told(account, "UPDATE", _some(chance))
    customer = chance.random() < 0.3
    settled = {"Type": "Customer" if customer else "Prospect", "First_Order_Available__c": not customer}
    yield _told(account, "UPDATE", {"Account_Demographics_Region__c": "EMEA", **settled})
    if chance.random() < 0.2:
        yield _told(account, "DELETE", {})


def _told(account: str, kind: str, fields: Event) -> Event:
    return change(account, at=0, kind=kind, **fields)


def _at(event: Event, at: int) -> Event:
    moved = {"commitTimestamp": at, "commitNumber": at, "transactionKey": f"transaction-{at}"}
    return {**event, "ChangeEventHeader": event["ChangeEventHeader"] | moved}


def _whole(chance: random.Random) -> Event:
    drawn = {name: chance.choice(values) for name, values in _VALUES.items()}
    return {name: value for name, value in drawn.items() if value is not None}


def _some(chance: random.Random) -> Event:
    names = chance.sample(sorted(_VALUES), chance.randint(1, 4))
    return {name: chance.choice(_VALUES[name]) for name in names}
