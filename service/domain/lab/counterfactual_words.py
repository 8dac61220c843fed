"""A counterfactual as a sentence: so many fewer employees, and this account goes to another team."""

from datetime import date
from itertools import product

from service.domain import vocabulary
from service.domain.cells import Cell, cells_words, nearest_in
from service.domain.decision import Decision, Status
from service.domain.lab.counterfactual import Aspect, Change, Counterfactual, aspect_of
from service.domain.lab.stated import (
    COUNTED,
    EMPLOYEES,
    MARKS,
    THIRD_PARTY_EMPLOYEES,
    learnt_cells,
    stated_cells,
    stating,
)
from service.domain.lab.verdicts import Verdict, decided, status_words, verdict_of, verdict_words
from service.domain.policy import Policy
from service.domain.ranges import Range
from service.domain.wording import SEGMENT_NAMES, SOURCE_NAMES, listing

_NOUNS = {
    **{name: ("employees", f" by {SOURCE_NAMES[source]}") for name, source in EMPLOYEES.items()},
    THIRD_PARTY_EMPLOYEES: ("employees", " by a third party"),
    vocabulary.max_family_employees.name: ("employees", " in the family"),
    vocabulary.lam_dev_count.name: ("potential users", ""),
    vocabulary.linkedin_engineering_it.name: ("people", " in engineering and IT"),
}
_FLAGS = {
    vocabulary.first_order_available.name: "First Order Available",
    vocabulary.customer.name: "a customer",
    vocabulary.key_account.name: "a Key Account",
}
_MOST_CONDITIONS = 2


def counterfactual_words(found: Counterfactual, decision: Decision, policy: Policy, *, aspect: Aspect = "team") -> str:
    """A counterfactual in a sentence. Where it ends in doubt, it says which unknown facts would end that, if few."""
    conditions, verdict = _conditions(found, decision, policy, aspect)
    said = listing([_change_words(change) for change in found.changes])
    provided = listing([_found_words(fact, cells) for fact, cells in conditions.items()]) if conditions else ""
    return (
        f"{said[0].upper()}{said[1:]}{f', with {provided}' if provided else ''}, and {_result_words(verdict, aspect)}."
    )


def _result_words(verdict: Verdict, aspect: Aspect) -> str:
    to = verdict_words(verdict)
    goes = f"goes {to}" if to.startswith("outside") else f"goes to {to}"
    if aspect == "status" and verdict.status is not None:
        return f"the decision is {status_words(verdict)}: this account {goes}"
    if aspect == "segment" and verdict.segment is not None:
        return f"this account is {SEGMENT_NAMES[verdict.segment]} and {goes}"
    return f"this account {goes}"


def _conditions(
    found: Counterfactual, decision: Decision, policy: Policy, aspect: Aspect
) -> tuple[dict[str, list[Cell]], Verdict]:
    """What the facts that stay unknown must be for the same outcome to be final, and that outcome."""
    changed = stating(decision.facts, {change.fact: change.after for change in found.changes})
    outcome = None if changed is None else decided(changed, policy, decision.effective_on)
    if changed is None or outcome is None or outcome.status is not Status.PROVISIONAL or aspect == "status":
        return {}, found.verdict
    facts = stated_cells(policy)
    asked = outcome.missing_facts
    if len(asked) > _MOST_CONDITIONS or not set(asked) <= set(facts):
        return {}, found.verdict
    for cells in product(*(learnt_cells(fact, changed, policy) for fact in asked)):
        learnt = dict(zip(asked, cells, strict=True))
        stated = stating(changed, {fact: nearest_in(cell) for fact, cell in learnt.items()})
        verdict = verdict_of(None if stated is None else decided(stated, policy, decision.effective_on))
        if verdict.status is Status.FINAL and aspect_of(verdict, aspect) == aspect_of(found.verdict, aspect):
            return {fact: [cell] for fact, cell in learnt.items()}, verdict
    return {}, found.verdict


def _change_words(change: Change) -> str:
    fact, before, after = change.fact, change.before, change.after
    if fact in COUNTED and change.distance and isinstance(before, int | Range) and isinstance(after, int):
        noun, whose = _NOUNS[fact]
        noun = noun if change.distance > 1 else {"employees": "employee", "people": "person"}.get(noun, noun[:-1])
        return f"{change.distance:,} {'more' if after > before else 'fewer'} {noun}{whose} ({after:,})"
    if isinstance(before, date) and isinstance(after, date):
        return f"created in the CRM on {after} rather than {before}"
    return _found_words(fact, list(change.cells))


def _found_words(fact: str, cells: list[Cell]) -> str:
    """What a fact is found to be: ``fewer than 100 potential users``."""
    said = cells_words(fact, cells)
    if fact in COUNTED:
        return f"{said} {''.join(_NOUNS[fact])}"
    if fact in MARKS:
        return f"{SOURCE_NAMES[MARKS[fact]]}'s number {'' if said == 'true' else 'not '}wholly wrong"
    if fact in _FLAGS:
        return f"{'' if said == 'true' else 'not '}{_FLAGS[fact]}"
    if fact == vocabulary.crm_created_on.name:
        return said if said.startswith("not") else f"created in the CRM on {said}"
    if fact == vocabulary.crm_segment.name:
        return f"marked {said} in the CRM"
    if fact == vocabulary.vp_segment.name:
        return f"{said} decided by the VP"
    return f"{fact.replace('_', ' ')} {said}"
