"""Classification requests as the benchmarks send them: complete, realistic facts, each of an account of its own."""

from typing import Any

import orjson

ACCOUNT_DIGITS = 12
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
)


def classification(account: int) -> dict[str, Any]:
    """A request for the account of a number: about half Key Accounts, the rest spread over the other teams."""
    employees = (640, 1_450, 45, 3_900, 240, 880, 120, 510)[account % 8]
    return {
        "account": {
            "id": f"{account:0{ACCOUNT_DIGITS}d}",
            "name": "Acme GmbH",
            "region": ("EMEA", "NORAM", "EMEA", "APAC")[account % 4],
            "crm_segment": "MM",
            "crm_created_on": "2021-06-01",
            "first_order_available": account % 3 != 0,
            "customer": False,
            "key_account": None,
            "current_team": None,
            "max_family_employees": employees,
            "lam_dev_count": 80,
            "linkedin_engineering_it": 120,
            "last_activity_on": "2022-03-01",
            "size_cleanup": {"feb_2019": "SMB", "nov_2019": "MM"},
        },
        "employee_counts": [
            {
                "source": "datafox",
                "employees": 12,
                "observed_on": "2022-02-01",
                "wholly_wrong": True,
                "gap": "Counts the Berlin office only",
            },
            {"source": "zoominfo", "employees": employees + 60},
            {"source": "linkedin", "employees": employees + 15},
            {
                "source": "third_party",
                "name": "Companies House filing",
                "url": "https://example.org/1",
                "employees": employees,
            },
        ],
        "motion": "existing",
        "effective_on": "2022-03-15",
        "dedup_requested_by": None,
    }


class Requests:
    """Requests as bytes, made beforehand but for the account's number."""

    def __init__(self, path: str, key: str) -> None:
        self._parts = [_split(path, key, kind) for kind in range(24)]

    def of(self, account: int) -> bytes:
        """The request for the account of a number."""
        before, after = self._parts[account % 24]
        return b"%b%012d%b" % (before, account, after)


def _split(path: str, key: str, kind: int) -> tuple[bytes, bytes]:
    body = orjson.dumps(classification(kind))
    head = _HEAD.format(path=path, key=key, length=len(body)).encode()
    before, _, after = (head + body).partition(f"{kind:0{ACCOUNT_DIGITS}d}".encode())
    return before, after
