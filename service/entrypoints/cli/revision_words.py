"""Policy revisions and their drafts, in lines for people."""

from collections.abc import Iterator
from datetime import date

from service.domain.drafts import PolicyDraft, RecordedDraft, publication_words, warnings_on
from service.domain.policy import AnyPolicy
from service.domain.wording import value_words
from service.entrypoints.views.policies import explained_parameters
from service.entrypoints.views.policy_drafts import drafted_changes


def revision_words(policy: AnyPolicy, recorded: RecordedDraft | None) -> Iterator[str]:
    """A published revision: its period, who drafted and published it, and what it changed."""
    period = f"from {policy.effective_from}"
    if policy.effective_until is not None:
        period += f" until {policy.effective_until}"
    yield f"{policy.id} revision {policy.version}, {period}: {policy.title}"
    if recorded is not None and recorded.publication is not None:
        draft, publication = recorded.draft, recorded.publication
        at = publication.published_at.strftime("%Y-%m-%d %H:%M UTC")
        yield f"  drafted by {draft.drafted_by}, published by {publication.published_by} at {at}"
        yield from _changes_words(draft)


def draft_words(recorded: RecordedDraft) -> Iterator[str]:
    """A draft: what became of it, from when it is to hold, and what it changes."""
    draft, publication = recorded.draft, recorded.publication
    became = "not published" if publication is None else f"published as revision {publication.version}"
    if recorded.withdrawal is not None:
        became = f"withdrawn by {recorded.withdrawal.withdrawn_by}"
    yield f"{draft.id}  of {draft.based_on.id} revision {draft.based_on.version}, {became}"
    yield f"  from {draft.effective_from}, drafted by {draft.drafted_by}"
    yield from _changes_words(recorded.draft)
    if recorded.withdrawal is not None:
        yield f"  withdrawn: {recorded.withdrawal.reason}"


def publishing_words(draft: PolicyDraft, today: date) -> Iterator[str]:
    """What publishing a draft does, what it changes, and what may not be meant."""
    yield publication_words(draft)
    yield from _changes_words(draft)
    yield from (f"Warning: {warning}" for warning in warnings_on(draft, today))


def _changes_words(draft: PolicyDraft) -> Iterator[str]:
    for name, change in drafted_changes(draft).items():
        yield f"  {name}: {value_words(change['before'])} becomes {value_words(change['after'])}"
    yield f"  {draft.reason}"


def parameter_words(policy: AnyPolicy) -> Iterator[str]:
    """Each parameter: its value, what it means, and the clauses that it bears on, each with its place."""
    for each in explained_parameters(policy):
        yield ""
        yield f"{each['name']}: {value_words(each['value'])}"
        yield f"  {each['meaning']}"
        for use in each["used_by"]:
            yield f"  {use['rule']}/{use['clause']}: {use['citation']['heading']}, {use['citation']['item']}"
        if not each["used_by"]:
            yield "  No rule uses it."
