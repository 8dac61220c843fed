"""Accounts of every sort, by their names: how they are first classified."""

from typing import Any

from tests.builders import third_party

_FIRST_ORDER: dict[str, Any] = {"df": 640, "max_family_employees": 640}
_NEW: dict[str, Any] = {"created": "2022-03-01"}
_NOT_THERE: dict[str, Any] = {"created": None}
_MARKED: dict[str, Any] = {"crm_segment": "MM"}
_ONE_OFFICE = {"df": "Counts one office"}
_CUSTOMER: dict[str, Any] = {"df": 640, "customer": True, "first_order_available": False}
_IDLE: dict[str, Any] = {"df": 300, "lam_dev_count": 150, "last_activity_on": "2022-01-10"} | _NEW

SEGMENTS: dict[str, dict[str, Any]] = {
    "datafox": {"name": "Sample Manufacturing GmbH", "zi": 700} | _FIRST_ORDER,
    "zoominfo": {"df": 12, "zi": 640, "wrong": _ONE_OFFICE, "max_family_employees": 640},
    "linkedin": {"df": 12, "zi": 15, "li": 700, "wrong": _ONE_OFFICE | {"zi": "A namesake"}},
    "marked": {"lam_dev_count": 240} | _MARKED,
    "nobody": {"df": 12, "wrong": _ONE_OFFICE},
    "third-party": {
        "df": 12,
        "wrong": _ONE_OFFICE,
        "third": [third_party(640, url="https://example.org/filing"), third_party(None, name="A register")],
        "max_family_employees": 640,
        "size_cleanup": {"nov_2019": "LARGE"},
    },
    "verified": {"df": 60, "li": 40},
    "contradicted": {"df": 60, "li": 150, "region": "LATAM"},
    "unverified": {"df": 60},
    "to-be-verified": {"df": 60, "region": "EMEA"},
    "verified-somewhere": {"df": 60, "region": None},
    "disagreeing": {"df": 99, "zi": 100},
    "marked-otherwise": {"df": 1_999, "crm_segment": "SMB", "region": "Antarctica"},
    "not-in-datafox": {"zi": 60, "li": 40},
    "large": {"df": 2_000},
}
"""Every source leads, or none, and LinkedIn says what it can of SMB (SEG-1 to SEG-9, ROUTE-1)."""

ROUTES: dict[str, dict[str, Any]] = {
    "key-account": {"key_account": True} | _CUSTOMER,
    "no-key-account": {"key_account": False} | _CUSTOMER,
    "key-account-unsaid": _CUSTOMER,
    "key-account-kept": {"current_team": "MMKAN"} | _CUSTOMER,
    "just-won": {"current_team": "MMKAFO"} | _CUSTOMER,
    "customer-unsaid": {"customer": None, "first_order_available": None, "key_account": True, "df": 640},
    "by-employees": {"max_family_employees": 500, "df": 500, "linkedin_engineering_it": 101},
    "by-users": {"df": 300, "max_family_employees": 300, "lam_dev_count": 100, "linkedin_engineering_it": 40},
    "by-neither": {"df": 640, "max_family_employees": 499, "lam_dev_count": 99, "region": "APAC"},
    "sizes-unsaid": {"df": 640},
    "region-unsaid": {"region": None} | _FIRST_ORDER,
    "inbound-enough": {"df": 500, "motion": "inbound_mql"} | _NOT_THERE,
    "inbound-few": {"df": 499, "motion": "inbound_mql"} | _NEW,
    "inbound-uncounted": {"motion": "inbound_mql"} | _NOT_THERE | _MARKED,
    "outbound-fits": {"df": 300, "linkedin_engineering_it": 100, "motion": "outbound"} | _NOT_THERE,
    "outbound-few": {"df": 300, "linkedin_engineering_it": 99, "motion": "outbound"} | _NEW,
    "outbound-unsaid": {"df": 300, "motion": "outbound"} | _NOT_THERE,
    "other-enough": {"df": 500} | _NEW,
    "other-few": {"df": 499} | _NEW,
    "other-uncounted": _NEW | _MARKED,
}
"""Every rule names the team, by every answer to its question (ROUTE-2 to ROUTE-6)."""

TO_BE_MOVED: dict[str, dict[str, Any]] = {
    "small": _FIRST_ORDER,
    "held-back": _FIRST_ORDER,
    "users-unsaid": _FIRST_ORDER,
    "worked-on": {"last_activity_on": "2022-04-12"} | _FIRST_ORDER,
    "grown": {"df": 640, "max_family_employees": 320, "lam_dev_count": 20},
    "grown-elsewhere": {"df": 300, "region": "LATAM"} | _NEW,
    "idle": _IDLE,
    "active": _IDLE | {"last_activity_on": "2022-04-30"},
}
"""Discoveries and a changeover are to follow (MOVE-1 to MOVE-5)."""

TO_BE_WON: dict[str, dict[str, Any]] = dict.fromkeys(
    ("by-call", "by-email", "late", "users-of-contract", "kept", "escalated", "in-question"), _FIRST_ORDER
)
"""First Orders are to be won (HAND-1 to HAND-7)."""

BETWEEN: dict[str, dict[str, Any]] = {
    "between": {"df": 550, "max_family_employees": 550},
    "between-new": {"df": 550} | _NEW,
}
"""First Order accounts by a threshold of 500, and Territory's by one of 600."""

FACTS = SEGMENTS | ROUTES | TO_BE_MOVED | TO_BE_WON | BETWEEN
