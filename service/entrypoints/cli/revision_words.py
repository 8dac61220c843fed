"""Policy revisions and their drafts, in lines for people."""

from collections.abc import Iterator

from service.domain.drafts import RecordedDraft
from service.domain.policy import Policy
from service.domain.wording import value_words
from service.entrypoints.views.policies import drafted_changes, explained_parameters


def revision_words(policy: Policy, recorded: RecordedDraft | None) -> Iterator[str]:
    """A published revision: its period, who drafted and published it, and what it changed."""
    period = f"from {policy.effective_from}"
    if policy.effective_until is not None:
        period += f" until {policy.effective_until}"
    yield f"{policy.id} revision {policy.version}, {period}: {policy.title}"
    if recorded is not None and recorded.publication is not None:
        draft, publication = recorded.draft, recorded.publication
        at = publication.published_at.strftime("%Y-%m-%d %H:%M UTC")
        yield f"  drafted by {draft.drafted_by}, published by {publication.published_by} at {at}"
        yield from _changes_words(recorded)


def draft_words(recorded: RecordedDraft) -> Iterator[str]:
    """A draft: what became of it, from when it is to hold, and what it changes."""
    draft, publication = recorded.draft, recorded.publication
    became = "not published" if publication is None else f"published as revision {publication.version}"
    yield f"{draft.id}  of {draft.based_on.id} revision {draft.based_on.version}, {became}"
    yield f"  from {draft.effective_from}, drafted by {draft.drafted_by}"
    yield from _changes_words(recorded)


def _changes_words(recorded: RecordedDraft) -> Iterator[str]:
    draft = recorded.draft
    for name, change in drafted_changes(draft).items():
        yield f"  {name}: {value_words(change['before'])} becomes {value_words(change['after'])}"
    yield f"  {draft.reason}"


def parameter_words(policy: Policy) -> Iterator[str]:
    """Each parameter: its value, what it means, and the clauses that it bears on, each with its place."""
    for each in explained_parameters(policy):
        yield ""
        yield f"{each['name']}: {value_words(each['value'])}"
        yield f"  {each['meaning']}"
        for use in each["used_by"]:
            yield f"  {use['rule']}/{use['clause']}: {use['citation']['heading']}, {use['citation']['item']}"
        if not each["used_by"]:
            yield "  No rule uses it."
