"""Time the ledger's own writer of canonical JSON against rfc8785: ``python -m bench.canonical``.

Both write an entry of 1.3 kB, in turns, so that a busy machine slows both alike; a figure, and the ratio, is the median
of the rounds.
"""

from importlib.metadata import version
from statistics import median
from timeit import timeit

import rfc8785

from bench.machine import describe
from service.domain.ledger.canonical import Json, canonical

ROUNDS, TIMES = 101, 100
ENTRY: dict[str, Json] = {
    "at": "2026-11-30T09:30:00.123456Z",
    "format": 1,
    "id": "0198a7b0-0000-7000-8000-000000000000",
    "kind": "decision",
    "plain": {
        "account_id": "0018a00001XyZaBAAV",
        "advice": [],
        "effective_on": "2022-03-15",
        "facts": {"account": {"customer": False, "max_family_employees": 640}, "motion": "existing"},
        "kind": "classification",
        "leading_employees": 700,
        "leading_source": "zoominfo",
        "missing_facts": [],
        "policy": {"id": "fy23", "program": "a" * 64, "version": 1},
        "previous_decision_id": None,
        "rule": "ROUTE-3",
        "segment": "MM",
        "status": "final",
        "team": "MMKAFO",
    },
    "salted": {f"/facts/account/{name}": "ab" * 32 for name in ("name", "region", "owner_id", "url", "gap", "reason")},
}


def main() -> None:
    """Print what each takes."""
    entry = canonical(ENTRY)
    if entry != rfc8785.dumps(ENTRY):
        raise SystemExit("They differ")
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(timeit(lambda: canonical(ENTRY), number=TIMES) / TIMES * 1e6)
        theirs.append(timeit(lambda: rfc8785.dumps(ENTRY), number=TIMES) / TIMES * 1e6)
    ratio = median(one / other for one, other in zip(theirs, ours, strict=True))
    print(describe())
    print(f"an entry of {len(entry):,} bytes: {median(ours):.1f} us")
    print(f"the same by rfc8785 {version('rfc8785')}: {median(theirs):.1f} us")
    print(f"ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
