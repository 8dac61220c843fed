"""Drafts of policy revisions: tried, published once, and never changed."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from uuid import UUID

from service.domain.duties.fy23_duties import DUTIES, fy23_duties, fy23_duties_program
from service.domain.duties.policy import DutyPolicy
from service.domain.duties.program import DutyParameters
from service.domain.errors import DomainError
from service.domain.fy23 import FY23, fy23
from service.domain.lab.lint import Finding, lint, lint_duties
from service.domain.lab.uses import Use, uses_of, uses_of_duties
from service.domain.parameters import AnyParameters, Parameters
from service.domain.policies import Policies
from service.domain.policy import AnyPolicy, Policy, UnknownRevision


@dataclass(frozen=True, kw_only=True)
class PolicyDraft:
    """A revision that is proposed: revision ``based_on`` with some parameters changed, for a period, and why."""

    id: UUID
    based_on: AnyPolicy | UnknownRevision
    parameters: AnyParameters
    effective_from: date
    effective_until: date | None
    reason: str
    drafted_by: str
    drafted_at: datetime

    @cached_property
    def policy(self) -> AnyPolicy:
        """The policy that it makes, under the number that it would be published as."""
        number = self.based_on.version + 1
        return revision(self.based_on.id, number, self.parameters, self.effective_from, self.effective_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """As which revision a draft was published, by whom and when."""

    version: int
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Who withdrew a draft, when and why: it is not to be published any more."""

    withdrawn_by: str
    withdrawn_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RecordedDraft:
    """A draft, and its publication where it was published, or its withdrawal where it was withdrawn."""

    draft: PolicyDraft
    publication: Publication | None
    withdrawal: Withdrawal | None = None


class NothingChangesError(DomainError):
    """A draft has to change a parameter, or the revision before would do."""

    code = "nothing_changes"
    pointer = "/parameters"

    def __init__(self, based_on: AnyPolicy) -> None:
        super().__init__(f"Every parameter of {based_on.id} revision {based_on.version} has these values; change one")


class UnusablePeriodError(DomainError):
    """A revision cannot hold before its policy begins, nor end before it starts: give other days."""

    code = "unusable_period"

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer


class FaultyPolicyError(DomainError):
    """The draft has a fault that no policy may have, such as a rule out of reach. Draft it anew without."""

    code = "faulty_policy"


class DraftPublishedError(DomainError):
    """The draft was published already; a revision never changes. Draft another."""

    code = "draft_published"


class DraftWithdrawnError(DomainError):
    """The draft was withdrawn, and is not published. Draft another."""

    code = "draft_withdrawn"

    def __init__(self, withdrawal: Withdrawal) -> None:
        super().__init__(f"The draft was withdrawn by {withdrawal.withdrawn_by}: {withdrawal.reason}")


class NothingToRollBackError(DomainError):
    """The policy has no revision to go back to: none was published before, or none of that number."""

    code = "nothing_to_roll_back"


class DraftOutdatedError(DomainError):
    """Another revision was published since the draft was made. Draft the change anew on that one."""

    code = "draft_outdated"


class SecondPersonNeededError(DomainError):
    """Whoever drafted a revision may not publish it here. Ask the holder of another key."""

    code = "second_person_needed"


def revision(
    policy_id: str, version: int, parameters: AnyParameters, effective_from: date, effective_until: date | None
) -> AnyPolicy:
    """A revision of a policy whose rules this release knows.

    Raises:
        LookupError: it does not know them.
    """
    if policy_id == FY23 and isinstance(parameters, Parameters):
        return fy23(parameters, version=version, effective_from=effective_from, effective_until=effective_until)
    if policy_id == DUTIES and isinstance(parameters, DutyParameters):
        return fy23_duties(parameters, version=version, effective_from=effective_from, effective_until=effective_until)
    raise LookupError(policy_id)


def parameters_of(policy_id: str) -> type[AnyParameters]:
    """What the parameters of a policy are, whose rules this release knows.

    Raises:
        LookupError: it does not know them.
    """
    kinds: dict[str, type[AnyParameters]] = {FY23: Parameters, DUTIES: DutyParameters}
    return kinds[policy_id]


def rebuilt(policy: Policy, parameters: Parameters, *, version: int | None = None) -> Policy:
    """A policy of accounts with other parameters, and maybe another number; otherwise the same."""
    own = (policy.effective_from, policy.effective_until)
    return fy23(parameters, version=version or policy.version, effective_from=own[0], effective_until=own[1])


def rebuilt_duties(policy: DutyPolicy, parameters: DutyParameters, *, version: int | None = None) -> DutyPolicy:
    """A policy of duties with other parameters, and maybe another number; otherwise the same."""
    return replace(policy, version=version or policy.version, program=fy23_duties_program(parameters))


def check_period(policy_id: str, policies: Policies, effective_from: date, effective_until: date | None) -> None:
    """See that a revision can hold for a period.

    Raises:
        UnusablePeriodError: it cannot.
    """
    begins = min(policy.effective_from for policy in policies.of(policy_id))
    if effective_from < begins:
        raise UnusablePeriodError("/effective_from", f"The policy {policy_id} begins on {begins}")
    if effective_until is not None and effective_until <= effective_from:
        raise UnusablePeriodError("/effective_until", f"It must be after effective_from, {effective_from}")


def linted(policy: AnyPolicy) -> tuple[Finding, ...]:
    """Everything that is odd in a policy, parameters included that change nothing."""
    if isinstance(policy, DutyPolicy):
        return lint_duties(policy, lambda parameters: rebuilt_duties(policy, parameters))
    return lint(policy, lambda parameters: rebuilt(policy, parameters))


@lru_cache(32)
def uses(policy: AnyPolicy) -> dict[str, tuple[Use, ...]]:
    """The clauses that each parameter of a policy bears on."""
    if isinstance(policy, DutyPolicy):
        return uses_of_duties(policy, lambda parameters: rebuilt_duties(policy, parameters))
    return uses_of(policy, lambda parameters: rebuilt(policy, parameters))


def check_faultless(findings: tuple[Finding, ...]) -> None:
    """See that nothing odd in a draft is a fault, which no policy may have.

    Raises:
        FaultyPolicyError: something is.
    """
    faults = [finding.sentence for finding in findings if finding.severity == "fault"]
    if faults:
        raise FaultyPolicyError(" ".join(faults))


def check_open(recorded: RecordedDraft) -> None:
    """See that a draft was neither published nor withdrawn.

    Raises:
        DraftPublishedError, DraftWithdrawnError: it was.
    """
    if recorded.publication is not None:
        raise DraftPublishedError(f"The draft was published already, as revision {recorded.publication.version}")
    if recorded.withdrawal is not None:
        raise DraftWithdrawnError(recorded.withdrawal)


def publication_words(draft: PolicyDraft) -> str:
    """What publishing a draft does, in a sentence."""
    until = "" if draft.effective_until is None else f" until {draft.effective_until}"
    stays = "" if isinstance(draft.policy, DutyPolicy) else " until it is decided anew"
    return (
        f"Publishes revision {draft.based_on.version + 1} of {draft.based_on.id}, which decides for days from "
        f"{draft.effective_from}{until}; what is on record stays as it is{stays}."
    )


def warnings_on(draft: PolicyDraft, today: date) -> list[str]:
    """What may not be meant, were a draft published on a day."""
    if draft.effective_from >= today:
        return []
    past = f"It begins on {draft.effective_from}, a day in the past:"
    if isinstance(draft.policy, DutyPolicy):
        return [f"{past} what is asked of a day since then may be answered otherwise than it was before."]
    anew = "an account that is decided anew for a day since then"
    return [f"{past} {anew} may get another team than it was given for that day before."]


def check_publishable(recorded: RecordedDraft, newest: int, by: str, *, second_person: bool) -> None:
    """See that a draft without a fault can be published now. ``newest`` is the newest revision of its policy.

    Raises:
        DraftPublishedError, DraftWithdrawnError, DraftOutdatedError, SecondPersonNeededError: it cannot.
    """
    changes, drafted_by = recorded.draft.based_on.version, recorded.draft.drafted_by
    check_open(recorded)
    if changes != newest:
        raise DraftOutdatedError(f"The draft changes revision {changes}, but revision {newest} was published since")
    if second_person and drafted_by == by:
        raise SecondPersonNeededError(f"The draft is of {drafted_by}: another key has to publish it")
