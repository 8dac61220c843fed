"""Where an account stands as a person reads it: the decision, its reasons, and what changed since the one before."""

from collections.abc import Iterator

from service.crm.payloads import printable
from service.domain.decision import RecordedDecision
from service.domain.origins import Origin
from service.domain.report import labelled_line, report
from service.domain.wording import TEAM_NAMES, value_words
from service.entrypoints.views.accounts import render_advice
from service.usecases.changes import Since
from service.usecases.standings import AccountStanding


def standing_words(found: AccountStanding, since: Since | None) -> str:
    """Where an account stands: its decision as ``decision_words`` tells it, and what is to be known of its record."""
    lines = [labelled_line("Account", each["text"]) for each in render_advice(found)]
    if found.crm is not None and found.crm.stale_since is not None:
        lost = f"changes were lost since {found.crm.stale_since.isoformat()}"
        lines.append(labelled_line("Account", f"What is known of it may be outdated: {lost}."))
    lines += [
        labelled_line("Account", f"{each.fact} is not known: of {each.field} the CRM's newest {each.reason}")
        for each in found.unread
    ]
    return decision_words(found.recorded, since) + "".join(f"{printable(line)}\n" for line in lines)


def decision_words(recorded: RecordedDecision, since: Since | None) -> str:
    """A recorded decision, with what changed ``since`` the one that its account stood on before: lines of text.

    Whatever a name has in it that cannot be seen, it shows as its escape: it might turn around what stands behind it.
    """
    decision = recorded.decision
    told = report(decision, decision.policy, cited=True).split("\n")
    lines = (*told, *_record_words(recorded), *_before_words(since))
    return "".join(f"{printable(line)}\n" for line in lines)


def _record_words(recorded: RecordedDecision) -> Iterator[str]:
    at = recorded.recorded_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    yield labelled_line("Recorded", f"{at} by {recorded.actor} through {recorded.source}, decision {recorded.id}")


def _before_words(since: Since | None) -> Iterator[str]:
    if since is None:
        yield labelled_line("Before", "This is the first decision on the account.")
        return
    before, decision = since.before, since.before.decision
    team = "no team" if decision.team is None else TEAM_NAMES[decision.team]
    yield labelled_line("Before", f"{team} by {decision.rule}, effective {decision.effective_on}, decision {before.id}")
    if not since.changes:
        yield labelled_line("Changed", "no fact since then")
    for place, change in enumerate(since.changes):
        told = f"{change.fact}: {_said(change.before)} -> {_said(change.after)}{_by(change.told_by)}"
        yield labelled_line("" if place else "Changed", told)


def _by(teller: Origin | None) -> str:
    if teller is None:
        return ""
    return f" ({teller.kind} {teller.id}{'' if teller.line is None else f', line {teller.line}'})"


def _said(value: object) -> str:
    return "not known" if value is None else " ".join(value_words(value).split())
