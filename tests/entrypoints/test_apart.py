"""What computes for seconds does so in a process of its own."""

from functools import partial

import anyio
import pytest
from anyio import to_thread

from service.domain.policies import BUILT_IN
from service.domain.policy import Policy
from service.entrypoints.common import apart
from tests.programs import found_in

POLICY = BUILT_IN.published[0]


@pytest.mark.slow
def test_what_is_odd_in_a_policy_is_not_found_where_requests_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Policy) -> None:
        raise AssertionError("This process answers requests.")

    monkeypatch.setattr(apart, "linted", refuse)

    assert anyio.run(partial(to_thread.run_sync, apart.lint_apart, POLICY)) == found_in(POLICY)
