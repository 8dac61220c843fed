"""Where an account stands as a person reads it: the decision, its reasons, and what changed since the one before."""

from collections.abc import Iterator

from service.crm.payloads import printable
from service.domain.decision import RecordedDecision
from service.domain.report import labelled_line, report
from service.domain.wording import TEAM_NAMES, value_words
from service.usecases.changes import changes_between


def decision_words(recorded: RecordedDecision, before: RecordedDecision | None) -> str:
    """A recorded decision, with what changed since the one that its account stood on ``before``: lines of text.

    Whatever a name has in it that cannot be seen, it shows as its escape: it might turn around what stands behind it.
    """
    decision = recorded.decision
    told = report(decision, decision.policy, cited=True).split("\n")
    lines = (*told, *_record_words(recorded), *_before_words(recorded, before))
    return "".join(f"{printable(line)}\n" for line in lines)


def _record_words(recorded: RecordedDecision) -> Iterator[str]:
    at = recorded.recorded_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    yield labelled_line("Recorded", f"{at} by {recorded.actor} through {recorded.source}, decision {recorded.id}")


def _before_words(recorded: RecordedDecision, before: RecordedDecision | None) -> Iterator[str]:
    if before is None:
        yield labelled_line("Before", "This is the first decision on the account.")
        return
    decision = before.decision
    team = "no team" if decision.team is None else TEAM_NAMES[decision.team]
    yield labelled_line("Before", f"{team} by {decision.rule}, effective {decision.effective_on}, decision {before.id}")
    changes = changes_between(decision.facts, recorded.decision.facts)
    if not changes:
        yield labelled_line("Changed", "no fact since then")
    for place, change in enumerate(changes):
        told = f"{change.fact}: {_said(change.before)} -> {_said(change.after)}"
        yield labelled_line("" if place else "Changed", told)


def _said(value: object) -> str:
    return "not known" if value is None else " ".join(value_words(value).split())
