"""Whatever is classified, disputed, decided and revised, in any order: what was said last of the counts leads.

A plain model of one account says which segment leads; history, every instant of it and every replay agree with it.
"""

from random import Random
from typing import Any

import pytest

from tests.api import Api

COUNTS: dict[str, dict[str, Any]] = {
    "mid-market": {"df": 640},
    "small": {"df": 50},
    "large": {"df": 3_000},
    "passed": {"df": 12, "zi": 700, "wrong": {"df": "One office only"}},
}
PUT_FORWARD: dict[str, list[dict[str, Any]]] = {
    "mid-market": [{"source": "datafox", "employees": 640}],
    "small": [{"source": "datafox", "employees": 50}],
    "large": [{"source": "datafox", "employees": 3_000}],
    "passed": [
        {"source": "datafox", "employees": 12, "wholly_wrong": True, "gap": "Another wording"},
        {"source": "zoominfo", "employees": 700},
    ],
}
BY_ITSELF = {"mid-market": "MM", "small": "SMB", "large": "LARGE", "passed": "MM"}
SEGMENTS = ("SMB", "MM", "LARGE")
REASON = {"reason": "It is the newest evidence."}
STEPS = 30


class Account:
    """An account, and what the model says of it: which counts stand, and what the VP said of each last."""

    def __init__(self, api: Api, name: str) -> None:
        self.api, self.name = api, name
        self.said: dict[str, str] = {}
        self.review: str | None = None
        self.review_is = "none"
        self.dispute: str | None = None
        self.dispute_is = "none"
        self.put_forward: str | None = None
        self.decisions = 0
        self.classify("mid-market")

    def classify(self, counts: str) -> None:
        decision = self.api.classify(id=self.name, on=None, **COUNTS[counts])
        self.stands, self.segment = counts, self.said.get(counts, BY_ITSELF[counts])
        self.decisions += 1
        if counts == "passed" and counts not in self.said:
            self.review, self.review_is = decision["review_id"], "open"
        elif self.review_is == "open":
            self.review_is = "superseded"

    def open(self, counts: str | None) -> None:
        body = REASON | ({} if counts is None else {"employee_counts": PUT_FORWARD[counts]})
        answer = self.api.http.post(f"/v1/accounts/{self.name}/disputes", json=body)
        assert answer.status_code == (409 if self.dispute_is == "open" else 201), answer.text
        if answer.status_code == 201:
            self.dispute, self.dispute_is, self.put_forward = answer.json()["id"], "open", counts

    def close(self, segment: str | None, *, revises: bool) -> None:
        if self.dispute is None:
            return
        said: dict[str, Any] = {"rejected": True} if segment is None else {"segment": segment, "revises": revises}
        answer = self.api.http.post(f"/v1/reviews/{self.dispute}/resolution", json=REASON | said)
        fits = self.dispute_is == ("resolved" if revises and segment is not None else "open")
        assert answer.status_code == (201 if fits else 409), answer.text
        if not fits:
            return
        self.dispute_is = "rejected" if segment is None else "resolved"
        if segment is not None:
            about = {self.stands, self.put_forward or self.stands}
            self.said |= dict.fromkeys(about, segment)
            self.segment, self.decisions = segment, self.decisions + 1
            if self.review is not None and "passed" in about:
                self.review_is = "resolved"

    def resolve(self, segment: str, *, revises: bool) -> None:
        if self.review is None:
            return
        said = REASON | {"segment": segment, "revises": revises}
        answer = self.api.http.post(f"/v1/reviews/{self.review}/resolution", json=said)
        fits = self.review_is == ("resolved" if revises else "open") and self.stands == "passed"
        assert answer.status_code == (201 if fits else 409), answer.text
        if fits:
            self.said["passed"], self.segment, self.review_is = segment, segment, "resolved"
            self.decisions += 1

    def hold(self) -> None:
        standing = self.api.get(f"/v1/accounts/{self.name}")
        assert standing["segment"] == self.segment
        for review, status in ((self.review, self.review_is), (self.dispute, self.dispute_is)):
            if review is not None:
                shown = self.api.get(f"/v1/reviews/{review}")
                assert (shown["status"], shown["team"]) == (status, standing["team"])
        if self.review_is == "resolved":
            assert self.api.get(f"/v1/reviews/{self.review}")["resolution"]["segment"] == self.said["passed"]


@pytest.mark.parametrize("seed", range(2))
def test_what_leads_is_what_was_said_last_of_the_counts_that_stand(api: Api, seed: int) -> None:
    random = Random(seed)
    account = Account(api, f"over-time-{seed}")
    for _ in range(STEPS):
        api.clock.advance(minutes=1)
        segment, revises = random.choice(SEGMENTS), random.random() < 0.5
        match random.choice(("classify", "classify", "open", "close", "resolve")):
            case "classify":
                account.classify(random.choice([*COUNTS]))
            case "open":
                account.open(random.choice([None, *COUNTS]))
            case "close":
                account.close(random.choice([segment, segment, None]), revises=revises)
            case _:
                account.resolve(segment, revises=revises)
        account.hold()

    history = api.get(f"/v1/accounts/{account.name}/history", limit=100)["items"]
    assert len(history) == account.decisions
    for entry in history:
        assert api.get(f"/v1/accounts/{account.name}", as_of=entry["at"])["decision"]["id"] == entry["decision_id"]
        assert api.get(f"/v1/decisions/{entry['decision_id']}/replay")["agrees"] is True
