"""What a draft makes of recorded decisions, in lines that a person can read."""

from collections.abc import Iterator

from service.domain.lab.backtest import Backtest, Obstacle, Some, Transition
from service.domain.lab.verdicts import Verdict, status_words
from service.domain.terms import Team
from service.domain.wording import ANSWERS, SEGMENT_NAMES, TEAM_NAMES, quantity

_OBSTACLES = {
    Obstacle.UNKNOWN_REVISION: "recorded under a policy revision that is not known here",
    Obstacle.NOT_REPEATED: "rested on something that was not recorded: their own revision now says otherwise",
    Obstacle.NOT_COVERED: "not covered by any rule of the draft",
}
_NOBODY = "no team yet"


def backtest_words(found: Backtest) -> list[str]:
    """What is examined and comes of it, then who moves where, what flipped, what is wanted, and what was in the way."""
    return [_in_all(found), *_movements(found), *_flips(found), *_others(found), *_wanted(found), *_obstacles(found)]


def _in_all(found: Backtest) -> str:
    return (
        f"{quantity(found.examined, 'decision')} examined: {found.moved:,} with another team, "
        f"{found.otherwise_changed:,} changed otherwise, {found.stays:,} the same, {found.not_replayed:,} not replayed."
    )


def _movements(found: Backtest) -> Iterator[str]:
    for (before, after), some in found.movements.items():
        yield f"{_team(before)} to {_team(after)}: {some.decisions:,} ({_samples(some)})"
        ways = [(change, each) for change, each in found.changes.items() if change.way == (before, after)]
        yield from (f"  {each.decisions:,}: {_standing(change)}" for change, each in ways)


def _standing(change: Transition) -> str:
    return f"{_says(change.before)} becomes {_says(change.after)}"


def _says(verdict: Verdict) -> str:
    size = "no segment" if verdict.segment is None else SEGMENT_NAMES[verdict.segment]
    return f"{size}, {status_words(verdict)}, by {verdict.rule}"


def _flips(found: Backtest) -> Iterator[str]:
    if found.flips:
        yield "In those with another team, these clauses answer otherwise:"
    for name, answers in found.flips.items():
        turns = [
            f"{ANSWERS[before]} becomes {ANSWERS[after]} in {number:,}" for (before, after), number in answers.items()
        ]
        yield f"  {name}: {'; '.join(turns)}"


def _others(found: Backtest) -> Iterator[str]:
    others = {change: some for change, some in found.changes.items() if not change.moves}
    if others:
        yield "Changed otherwise, with the same team:"
    for change, some in others.items():
        yield f"  {some.decisions:,}: {_team(change.after.team)}, {_standing(change)} ({_samples(some)})"


def _wanted(found: Backtest) -> Iterator[str]:
    if found.wanted:
        yield f"{quantity(found.provisional, 'decision')} would become provisional, for want of:"
    yield from (f"  {fact}: {number:,}" for fact, number in found.wanted.items())


def _obstacles(found: Backtest) -> Iterator[str]:
    if found.obstacles:
        yield "Not replayed, so that nothing is said of them:"
    for obstacle, some in found.obstacles.items():
        yield f"  {some.decisions:,}: {_OBSTACLES[obstacle]} ({_samples(some)})"


def _team(team: Team | None) -> str:
    return _NOBODY if team is None else TEAM_NAMES[team]


def _samples(some: Some) -> str:
    named = [f"account {sample.account_id} by decision {sample.decision_id}" for sample in some.samples]
    return named[0] if some.decisions == 1 else f"first {named[0]}"
