"""Write an export of sample Salesforce accounts: ``python examples/make_export.py 100000 > accounts.csv``.

The same number of accounts gives the same file each time. Sizes lie around the thresholds of the rules, facts are
missing as they are in any CRM, and one account in five thousand has a value that nobody can mean.
"""

import csv
import sys
from datetime import date, timedelta
from random import Random

_COLUMNS = (
    *("Id", "Name", "CreatedDate", "Type", "Account_Demographics_Region__c", "Account_Demographics_Sales_Segment__c"),
    *("Account_Demographic_Max_Family_Employees__c", "LAM_Dev_Count__c", "First_Order_Available__c", "Key_Account__c"),
    *("DataFox_Employees__c", "ZI_Employees__c", "LinkedIn_Employees__c", "Decision_Maker_Count_LinkedIn__c"),
    *("LastActivityDate", "Lead_Motion__c", "Account_Owner_Team__c"),
)
_EDGES = (99, 100, 101, 499, 500, 501, 1_999, 2_000, 2_001)
_REGIONS = ("AMER", "AMER", "AMER", "EMEA", "EMEA", "APAC", "LATAM", "")
_TEAMS = ("SMB", "SMB", "Mid-Market Territory", "Mid-Market Territory", "Key Accounts Named", "outside Commercial", "")
_MISTAKE = 5_000


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    random = Random(number)
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(_COLUMNS)
    for place in range(1, number + 1):
        # Of its own chances, so that the other columns are what they were.
        lines.writerow((*_account(place, random), Random(place).choice(_TEAMS)))


def _account(place: int, random: Random) -> tuple[object, ...]:
    size = random.choice(_EDGES) if random.random() < 0.1 else int(10 ** random.uniform(1, 4))
    created = date(2022, 2, 24) + timedelta(days=random.randint(-1_200, 90))
    customer = random.random() < 0.1
    return (
        f"001SAMPLE{place:06d}",
        f"Sample Account {place}",
        f"{created}T08:30:00.000+0000",
        "Customer" if customer else "Prospect",
        random.choice(_REGIONS),
        random.choice(("SMB", "Mid-Market", "Mid-Market", "Large", "")),
        _known(size + random.randint(0, 40), random, 0.9),
        _known(random.choice((0, 20, 80, 99, 100, 101, 400)), random, 0.5),
        _known("false" if customer else random.choice(("true", "true", "false")), random, 0.95),
        _known(random.choice(("true", "false")), random, 0.3),
        "several" if place % _MISTAKE == 0 else _known(size, random, 0.7),
        _known(max(1, size + random.randint(-30, 30)), random, 0.8),
        _known(max(1, size + random.randint(-60, 60)), random, 0.8),
        _known(random.choice((0, 50, 99, 100, 101, 300)), random, 0.6),
        _known(created + timedelta(days=random.randint(0, 400)), random, 0.8),
        "existing" if random.random() < 0.9 else random.choice(("inbound_mql", "outbound")),
    )


def _known(value: object, random: Random, chance: float) -> object:
    return value if random.random() < chance else ""


if __name__ == "__main__":
    main()
