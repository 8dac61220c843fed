"""Drives accounts through steps, allowed and not, one at a time and two at once, and holds the record to the model."""

from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.api import START
from tests.stateful.accounts import CALLERS, Names, World
from tests.stateful.facts import FIRST_ORDER, KINDS, NAMED, TERRITORY
from tests.stateful.handoffs import side_of
from tests.stateful.held import counts, faults, instants_astray
from tests.stateful.service import Asked, Service
from tests.stateful.steps import ACCOUNTS, AnyStep, Billing, ChangeOver, Classify, Reply, Start, Tick, starts, steps

_KEYS = {FIRST_ORDER: "first", NAMED: "named", TERRITORY: "territory", None: "small"}
_LATE = {"standing_changed", "idempotency_key_in_flight"}
"""Refused for what happened meanwhile: as if it had never been asked."""
_by = st.sampled_from(["right"] * 8 + list(CALLERS))
_places = st.integers(0, ACCOUNTS - 1)


class Machine(RuleBasedStateMachine):
    """One run, over accounts of its own."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        service.api.clock.at = START  # what is drawn rests on nothing that an earlier run did
        self.service = service
        self.world = World()
        self.kept: list[tuple[Asked, httpx.Response]] = []

    @initialize(kinds=st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=ACCOUNTS - 1), start=starts)
    def begin(self, kinds: list[str], start: Start) -> None:
        for place, kind in enumerate(kinds):
            self.one(Classify(place, kind), "right", keyed=False)
        self.one(Classify(ACCOUNTS - 1, "large family"), "right", keyed=True)
        self.one(Start(ACCOUNTS - 1, 0, 3, start.users, start.in_question, start.potential, start.net_arr), "right")

    @rule(step=steps, by=_by, keyed=st.booleans())
    def one(self, step: AnyStep, by: str, *, keyed: bool = False) -> None:
        """One step by itself: accepted or refused as the model says, and refused without a trace."""
        asked = self._asked(step, by, keyed=keyed)
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
        self._hold(step)

    @rule(place=_places, items=st.integers(1, 12), nth=st.just(0))
    def go_on(self, place: int, items: int, nth: int) -> None:
        """The next items of a handoff, as it should be done."""
        for _ in range(items):
            handoffs = self.world.accounts[place].handoffs
            if not handoffs or handoffs[-1].closed:
                break
            if handoffs[-1].status == "escalated":
                self.one(Reply(place, nth, NAMED), "right", keyed=False)
            ticked = handoffs[-1].ticks
            self.one(Tick(place, nth, next(item for item in handoffs[-1].required if item not in ticked)), "right")

    @rule(first=steps, second=steps, by=st.tuples(_by, _by), same=st.booleans(), keyed=st.booleans())
    def two_at_once(
        self,
        first: AnyStep,
        second: AnyStep,
        by: tuple[str, str],
        *,
        same: bool,
        keyed: bool,
    ) -> None:
        """Two steps at once: as if one had come after the other, in either order."""
        if same:
            second = type(second)(**{**vars(second), "account": first.account})
        pair = [(step, self._asked(step, who, keyed=keyed)) for step, who in zip((first, second), by, strict=True)]
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
        asked = self._asked(step, "right", keyed=True)
        expected = self.world.take(step, asked.by, asked.names, self.service.today)
        answers = self.service.send_at_once(asked, asked)
        if expected:
            assert {_code(answer) for answer in answers} <= {expected, *_LATE}
        else:
            told = [answer for answer in answers if not _code(answer)]
            assert told
            assert {_code(answer) for answer in answers} <= {"", "idempotency_key_in_flight"}
            assert len({answer.content for answer in told}) == 1
            assert [answer.headers.get("Idempotent-Replayed") for answer in told].count(None) == 1
            self._keep(step, asked, told[0])
        self._hold(step)

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

    @rule(hours=st.sampled_from([1, 7, 24]))
    def wait(self, hours: int) -> None:
        self.service.api.clock.advance(hours=hours)

    def teardown(self) -> None:
        for place, account in enumerate(self.world.accounts):
            assert not list(faults(self.service, place, account))
            if account.decisions:
                name = self.service.account(place)
                history = self.service.api.get(f"/v1/accounts/{name}/history", limit=500)["items"]
                assert not list(instants_astray(self.service.api, name, history))

    def _asked(self, step: AnyStep, by: str, *, keyed: bool) -> Asked:
        key = self.service.new_key() if keyed else None
        account = self.world.accounts[step.account]
        return self.service.asked(step, account, self._right(step) if by == "right" else by, key)

    def _right(self, step: AnyStep) -> str:
        """Whose step it is."""
        handoffs = self.world.accounts[step.account].handoffs
        if (
            isinstance(step, Tick | Billing)
            and handoffs
            and (isinstance(step, Billing) or side_of(step.item) != "first_order")
        ):
            return _KEYS[handoffs[-1].receiver]
        if isinstance(step, Tick | Start):
            return "first"
        return "vp" if isinstance(step, Reply) else "admin"

    def _keep(self, step: AnyStep, asked: Asked, answer: httpx.Response) -> None:
        self.service.learn(step, answer)
        if asked.key is not None:
            self.kept.append((asked, answer))

    def _hold(self, step: AnyStep) -> None:
        places = range(ACCOUNTS) if isinstance(step, ChangeOver) else [step.account]
        wrong = [fault for place in places for fault in faults(self.service, place, self.world.accounts[place])]
        assert not wrong, (step, wrong)

    def _disagreements(self, world: World, order: list[tuple[AnyStep, Asked, httpx.Response]]) -> Any:  # noqa: ANN401
        for step, asked, answer in order:
            if _code(answer) in _LATE:
                continue
            expected = world.take(step, asked.by, asked.names, self.service.today)
            if expected != _code(answer):
                yield f"{step} by {asked.by}: {_code(answer)!r}, not {expected!r}"
                return
        for place, account in enumerate(world.accounts):
            yield from faults(self.service, place, account)


def _code(answer: httpx.Response) -> str:
    """The code of a refusal; nothing where it was accepted."""
    return "" if answer.is_success else str(answer.json()["type"]).rpartition(":")[2]
