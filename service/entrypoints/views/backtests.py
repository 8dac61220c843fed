"""What a draft makes of recorded decisions, as every entry point answers it."""

from dataclasses import asdict
from typing import Any

from service.domain.clauses import Outcome
from service.domain.lab.backtest_counts import Backtest, Some
from service.domain.lab.backtest_words import backtest_words
from service.domain.policy import Policy
from service.entrypoints.views.policies import before_and_after, reference


def backtest_body(found: Backtest, in_force: Policy, draft: Policy) -> dict[str, Any]:
    """The counts, each with the first decisions of it; ``parameters`` are those that the draft changes.

    ``examined`` is the sum of ``moved``, ``otherwise_changed``, ``stays`` and ``not_replayed``. A flip's answers are
    true, false, or null for unknown.
    """
    return {
        "before": reference(in_force),
        "after": reference(draft),
        "parameters": before_and_after(in_force.parameters, draft.parameters),
        "examined": found.examined,
        "moved": found.moved,
        "otherwise_changed": found.otherwise_changed,
        "stays": found.stays,
        "not_replayed": found.not_replayed,
        "become_provisional": found.provisional,
        "movements": [
            {"from": before, "to": after, **_some(some)} for (before, after), some in found.movements.items()
        ],
        "changes": [
            {"before": asdict(change.before), "after": asdict(change.after), **_some(some)}
            for change, some in found.changes.items()
        ],
        "flips": [
            {"clause": name, "answers": [_answer(before, after, n) for (before, after), n in answers.items()]}
            for name, answers in found.flips.items()
        ],
        "wanted_facts": [{"fact": fact, "decisions": number} for fact, number in found.wanted.items()],
        "obstacles": [{"reason": obstacle, **_some(some)} for obstacle, some in found.obstacles.items()],
        "words": backtest_words(found),
    }


def _some(some: Some) -> dict[str, Any]:
    samples = [{"account_id": each.account_id, "decision_id": each.decision_id} for each in some.samples]
    return {"decisions": some.decisions, "samples": samples}


def _answer(before: Outcome, after: Outcome, decisions: int) -> dict[str, Any]:
    return {"before": before, "after": after, "decisions": decisions}
