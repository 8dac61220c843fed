"""Drives accounts through steps, allowed and not, one at a time and two at once, and holds the record to the model."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.application import START
from tests.stateful.accounts import Names
from tests.stateful.facts import NAMED, TERRITORY
from tests.stateful.handoffs import FREE_OF_THE_RECEIVER
from tests.stateful.held import counts, faults, instants_astray
from tests.stateful.likely import likely, whose
from tests.stateful.service import Asked, Service
from tests.stateful.steps import (
    ACCOUNTS,
    AnyStep,
    ChangeOver,
    Classify,
    Escalate,
    Reply,
    Start,
    Tick,
    kinds,
    starts,
    steps,
)
from tests.stateful.world import CALLERS, World

MOST_APPLICATIONS = 2
_LATE = {"standing_changed", "idempotency_key_in_flight"}
"""Refused for what happened meanwhile: as if it had never been asked."""
_done = st.sampled_from([0, 0, 3, 10, 11, 12])
_receivers = st.sampled_from([NAMED, TERRITORY])
_how = st.sampled_from(["alike", "on one account", "apart"])
_by = st.sampled_from(["right"] * 8 + list(CALLERS))


class Machine(RuleBasedStateMachine):
    """One run, over accounts of its own."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        service.api.clock.at = START  # what is drawn rests on nothing that an earlier run did
        self.service = service
        self.world = World()
        self.applied = 0
        self.kept: list[tuple[Asked, httpx.Response]] = []

    @initialize(kind=kinds, starts=st.tuples(starts, starts), done=st.tuples(_done, _done))
    def begin(self, kind: str, starts: tuple[Start, Start], done: tuple[int, int]) -> None:
        """Any account, and two First Order accounts whose handoffs are somewhere on their way."""
        self.one(Classify(0, kind), "right")
        for place, (start, items) in enumerate(zip(starts, done, strict=True), start=1):
            self.one(Classify(place, "large family"), "right", keyed=True)
            self.one(replace(start, account=place, days_ago=3), "right")
            self.go_on(place, items)

    @rule(step=steps, by=_by, keyed=st.booleans())
    def one(self, step: AnyStep, by: str, *, keyed: bool = False) -> None:
        """One step by itself: accepted or refused as the model says, and refused without a trace."""
        self._take(step, by, keyed=keyed)
        self._hold(*_concerned(step))

    def _take(self, step: AnyStep, by: str, *, keyed: bool) -> None:
        step, asked = self._asked(step, by, keyed=keyed)
        before = counts(self.service.api)
        expected = self.world.take(step, asked.by, asked.names, self.service.today)
        answer = self.service.send(asked)
        assert _code(answer) == expected, (step, asked.by, answer.text)
        after = counts(self.service.api)
        if expected:
            assert after == before
        else:
            assert after["idempotency_keys"] == before["idempotency_keys"] + keyed
            self._keep(step, asked, answer)

    @rule(place=st.sampled_from([1, 2, 2]), most=st.sampled_from([1, 3, 11, 12]), team=_receivers)
    def go_on(self, place: int, most: int, team: str = NAMED) -> None:
        """The next items of a handoff, as they should be done."""
        handoffs = self.world.accounts[place].handoffs
        if not handoffs:
            return
        if handoffs[-1].status == "escalated":
            for item in [item for item in sorted(FREE_OF_THE_RECEIVER) if item not in handoffs[-1].ticks][:most]:
                self._take(Tick(place, 0, item), "right", keyed=False)
            self._take(Reply(place, 0, team), "right", keyed=False)
        to_do = [item for item in handoffs[-1].required if item not in handoffs[-1].ticks]
        for item in () if handoffs[-1].closed else to_do[:most]:
            self._take(Tick(place, 0, item), "right", keyed=False)
        self._hold(place)

    @rule(place=st.sampled_from([1, 2, 2]), team=_receivers)
    def think_again(self, place: int, team: str) -> None:
        """An open handoff put in question, and answered."""
        handoffs = self.world.accounts[place].handoffs
        if handoffs and handoffs[-1].status == "open":
            self._take(Escalate(place, 0), "first", keyed=False)
            self._take(Reply(place, 0, team), "right", keyed=False)
            self._hold(place)

    @rule(first=steps, second=steps, by=st.tuples(_by, _by), how=_how, keyed=st.booleans())
    def two_at_once(
        self,
        first: AnyStep,
        second: AnyStep,
        by: tuple[str, str],
        *,
        how: str,
        keyed: bool,
    ) -> None:
        """Two steps at once: as if one had come after the other, in either order."""
        if how != "apart":
            second = first if how == "alike" else replace(second, account=first.account)
        pair = [self._asked(step, who, keyed=keyed) for step, who in zip((first, second), by, strict=True)]
        answers = self.service.send_at_once(*(asked for _, asked in pair))
        told = [(step, asked, answer) for (step, asked), answer in zip(pair, answers, strict=True)]
        for step, asked, answer in told:
            if not _code(answer):
                self._keep(step, asked, answer)
        wrong = []
        for order in (told, told[::-1]):
            world = self.world.copy()
            found = list(self._disagreements(world, order))
            if not found:
                self.world = world
                return
            wrong.append(found)
        raise AssertionError(wrong)

    @rule(step=steps)
    def twice_at_once(self, step: AnyStep) -> None:
        """The same request twice at once, with one key: it is carried out once."""
        step, asked = self._asked(step, "right", keyed=True)
        expected = self.world.take(step, asked.by, asked.names, self.service.today)
        answers = self.service.send_at_once(asked, asked)
        codes = [_code(answer) for answer in answers]
        assert set(codes) <= {expected, "idempotency_key_in_flight"}, (step, asked.by, codes)
        assert expected in codes
        if not expected:
            told = [answer for answer in answers if answer.is_success]
            assert len({answer.content for answer in told}) == 1
            assert [answer.headers.get("Idempotent-Replayed") for answer in told].count(None) == 1
            self._keep(step, asked, told[0])
        self._hold(*_concerned(step))

    @precondition(lambda self: self.kept)
    @rule(place=st.integers(0, 100), other=st.booleans())
    def again(self, place: int, *, other: bool) -> None:
        """A request that was accepted, sent again with its key; or another with the same key, which is refused."""
        asked, first = self.kept[place % len(self.kept)]
        before = counts(self.service.api)
        if other:
            changed = Asked("POST", "/v1/classifications", {"account": {"id": "other"}}, asked.by, asked.key, Names())
            assert _code(self.service.send(changed)) in {"idempotency_key_reused", "invalid_request", "forbidden"}
        else:
            answer = self.service.send(asked)
            assert answer.content == first.content
            assert answer.headers["Idempotent-Replayed"] == "true"
        assert counts(self.service.api) == before

    @precondition(lambda self: self.applied < MOST_APPLICATIONS)
    @rule()
    def apply(self) -> None:
        """A revision is published, and applied to every account of an older one that no handoff holds."""
        self.applied += 1
        self.service.publish_and_apply()
        self.world.apply(self.service.today)
        self._hold(*range(ACCOUNTS))

    @rule(hours=st.sampled_from([1, 7, 24]))
    def wait(self, hours: int) -> None:
        self.service.api.clock.advance(hours=hours)

    def teardown(self) -> None:
        for place, account in enumerate(self.world.accounts):
            self._hold(place)
            if account.decisions:
                assert not list(instants_astray(self.service.api, self.service.account(place)))

    def _asked(self, step: AnyStep, by: str, *, keyed: bool) -> tuple[AnyStep, Asked]:
        account = self.world.accounts[step.account]
        if by == "right":
            step = likely(step, account)
            by = whose(step, account)
        return step, self.service.asked(step, account, by, self.service.new_key() if keyed else None)

    def _keep(self, step: AnyStep, asked: Asked, answer: httpx.Response) -> None:
        self.service.learn(step, answer)
        if asked.key is not None:
            self.kept.append((asked, answer))

    def _hold(self, *places: int) -> None:
        wrong = [fault for place in places for fault in faults(self.service, place, self.world.accounts[place])]
        assert not wrong, wrong

    def _disagreements(self, world: World, order: list[tuple[AnyStep, Asked, httpx.Response]]) -> Iterator[str]:
        for step, asked, answer in order:
            if _code(answer) in _LATE:
                continue
            expected = world.take(step, asked.by, asked.names, self.service.today)
            if expected != _code(answer):
                yield f"{step} by {asked.by}: {_code(answer)!r}, not {expected!r}"
                return
        for place, account in enumerate(world.accounts):
            yield from faults(self.service, place, account)


def _concerned(step: AnyStep) -> Iterable[int]:
    return range(ACCOUNTS) if isinstance(step, ChangeOver) else (step.account,)


def _code(answer: httpx.Response) -> str:
    """The code of a refusal; nothing where it was accepted."""
    return "" if answer.is_success else str(answer.json()["type"]).rpartition(":")[2]
