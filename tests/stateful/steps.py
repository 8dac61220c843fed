"""The steps that accounts are driven through: what is asked, of which account, and by whom."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.domain.handoffs import NAMES
from tests.stateful.facts import KINDS, REVIEWED

ACCOUNTS = 3


@dataclass(frozen=True)
class Step:
    """Asked about an account, by its place. ``nth`` is a handoff of it, counted from the newest."""

    account: int


@dataclass(frozen=True)
class Classify(Step):
    kind: str
    days_ago: int = 0


@dataclass(frozen=True)
class Discover(Step):
    employees: int | None
    users: int | None
    days_ago: int


@dataclass(frozen=True)
class Resolve(Step):
    kind: str
    segment: str
    revises: bool = False


@dataclass(frozen=True)
class Dispute(Step):
    pass


@dataclass(frozen=True)
class Close(Step):
    """The newest dispute: by a segment, or by ``rejected``."""

    verdict: str
    revises: bool = False


@dataclass(frozen=True)
class Start(Step):
    opportunity: int
    days_ago: int
    users: int | None
    in_question: bool
    potential: int | None
    net_arr: int | None


@dataclass(frozen=True)
class HandoffStep(Step):
    nth: int


@dataclass(frozen=True)
class Tick(HandoffStep):
    """``days`` after the close is the day of all evidence; None is tomorrow."""

    item: str
    days: int | None = 0
    variant: str = "good"


@dataclass(frozen=True)
class Reopen(HandoffStep):
    item: str


@dataclass(frozen=True)
class Escalate(HandoffStep):
    pass


@dataclass(frozen=True)
class Reply(HandoffStep):
    team: str


@dataclass(frozen=True)
class ReopenAll(HandoffStep):
    """Of a completed handoff, with one item that is to be done again."""

    item: str


@dataclass(frozen=True)
class Abandon(HandoffStep):
    pass


@dataclass(frozen=True)
class Billing(HandoffStep):
    pass


@dataclass(frozen=True)
class ChangeOver(Step):
    """Of all accounts; ``account`` says nothing."""

    on: str


OfHandoff: TypeAlias = Tick | Reopen | Escalate | Reply | ReopenAll | Abandon | Billing
AnyStep: TypeAlias = Classify | Discover | Resolve | Dispute | Close | Start | OfHandoff | ChangeOver
VARIANTS = ("email", "misnamed", "unsaid", "formless")
_account = st.integers(0, ACCOUNTS - 1)
_handing_over = st.sampled_from([2, 2, 2, 2, 1, 1, 0])
_nth = st.sampled_from([0] * 7 + [1])
_item = st.sampled_from(NAMES)
_disputed = st.sampled_from([0, 0, 0, 2])
_segments = st.sampled_from(["SMB", "MM", "LARGE"])
_days_ago = st.sampled_from([0] * 8 + [5, 5, 2, -1, 3_000])


def _often(usual: Any, *others: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - values of any kind
    return st.sampled_from([usual] * 5 + list(others))


kinds = st.sampled_from([*KINDS, *REVIEWED, *REVIEWED])
starts = st.builds(
    Start,
    _handing_over,
    opportunity=st.integers(0, 3),
    days_ago=st.sampled_from([3] * 12 + [0, 0, 10, 10, -1, 3_000]),
    users=st.sampled_from([240, 100, 99, None]),
    in_question=_often(False, True),  # noqa: FBT003 - values
    potential=st.sampled_from([1_000, 2_000, None]),
    net_arr=st.sampled_from([60_000, 40_000, None]),
)
ticks = st.builds(Tick, _handing_over, _nth, _item, days=_often(0, 1, 4, -1, None), variant=_often("good", *VARIANTS))
steps: st.SearchStrategy[AnyStep] = st.one_of(
    st.builds(Classify, _account, kinds, days_ago=_days_ago),
    st.builds(
        Discover,
        _account,
        employees=st.sampled_from([None, 300, 499, 500, 501, 640]),
        users=st.sampled_from([None, 50, 99, 100, 150]),
        days_ago=_days_ago,
    ),
    st.builds(Resolve, _disputed, st.sampled_from(REVIEWED), _segments, revises=_often(False, True)),  # noqa: FBT003 - values
    st.builds(Dispute, _disputed),
    st.one_of(
        st.builds(Close, _disputed, _segments, revises=_often(False, True, True)),  # noqa: FBT003 - values
        st.builds(Close, _disputed, st.just("rejected")),
    ),
    starts,
    ticks,
    ticks,
    st.builds(Reopen, _handing_over, _nth, _item),
    st.builds(Escalate, _handing_over, _nth),
    st.builds(Reply, _handing_over, _nth, st.sampled_from(["MMKAN", "MM_TERRITORY", "MMKAFO"])),
    st.builds(ReopenAll, _handing_over, _nth, _item),
    st.builds(Abandon, _handing_over, _nth),
    st.builds(Billing, _handing_over, _nth),
    st.builds(
        ChangeOver,
        _account,
        on=_often("2022-05-01", "2022-08-01", "2025-11-01", "2022-05-02", "2099-05-01", "2021-11-01"),
    ),
)
