"""What would settle a decision: the smallest sets of unknown facts that make it final, once they are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product

from service.domain.cells import Cell, Unknown, Value, cells_words, nearest_in
from service.domain.decision import Decision, Status
from service.domain.lab.stated import OF_THE_SEGMENT, STATED, can_be_unknown, is_open, learnt_cells, stating, value_of
from service.domain.lab.verdicts import Verdict, decided, verdict_of, verdict_words
from service.domain.policy import Policy
from service.domain.vocabulary import vp_segment
from service.domain.wording import listing

_OF_THE_COUNTS = "employee_counts"


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a decision comes to where a fact turns out to lie in a cell, all other facts being as they are."""

    fact: str
    cell: Cell
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class MissingFacts:
    """What would make a decision final.

    ``sets`` are sufficient and minimal: whatever the values of the facts of a set, short of a contradiction, the
    decision is final, and of no part of the set is that true. Smallest first. A final decision misses nothing, and
    where no set is sufficient there is none. ``prospects`` are of each fact in some set, in the order of its cells.
    """

    sets: tuple[tuple[str, ...], ...]
    prospects: tuple[Prospect, ...]


def missing_facts(decision: Decision, policy: Policy) -> MissingFacts:
    """Find what would make a classification final, under the policy that decided it.

    The search adds to a set that does not suffice only what the decision itself then asks for, so its work is bounded
    by the sets that can be made of those facts, each with every combination of their cells.
    """
    sets = tuple(
        sorted(_minimal_sets(decision, policy), key=lambda facts: (len(facts), list(map(STATED.index, facts))))
    )
    named = sorted({fact for facts in sets for fact in facts}, key=STATED.index)
    return MissingFacts(sets, tuple(prospect for fact in named for prospect in prospects(fact, decision, policy)))


def prospects(fact: str, decision: Decision, policy: Policy) -> Iterator[Prospect]:
    """What each cell of a fact would lead to, but for those that contradict the other facts."""
    for cell in learnt_cells(fact, decision.facts, policy):
        stated = stating(decision.facts, {fact: nearest_in(cell)})
        if stated is not None:
            yield Prospect(fact, cell, verdict_of(decided(stated, policy, decision.effective_on)))


def _minimal_sets(decision: Decision, policy: Policy) -> list[tuple[str, ...]]:
    unknown = unknown_facts(decision)
    found: list[tuple[str, ...]] = []
    waiting: dict[tuple[str, ...], dict[str, Value]] = {(): {}}
    while waiting:
        larger: dict[tuple[str, ...], dict[str, Value]] = {}
        for facts, left_open in waiting.items():
            if any(set(sufficient) <= set(facts) for sufficient in found):
                continue
            open_still = _first_open(facts, left_open, decision, policy)
            if open_still is None:
                found.append(facts)
                continue
            values, asked = open_still
            for fact in unknown:
                if fact in asked and fact not in facts:
                    larger.setdefault(tuple(sorted((*facts, fact), key=STATED.index)), values)
        waiting = larger
    return found


def unknown_facts(decision: Decision) -> tuple[str, ...]:
    """The facts of which more can become known. Where the VP has decided, they may be asked about other counts."""
    facts = decision.facts
    unknown = (name for name in STATED if can_be_unknown(name, facts) and is_open(value_of(facts, name)))
    return (*unknown, *(() if facts.vp_decision is None else (vp_segment.name,)))


def _first_open(
    facts: tuple[str, ...], left_open: dict[str, Value], decision: Decision, policy: Policy
) -> tuple[dict[str, Value], tuple[str, ...]] | None:
    """A combination of cells of ``facts`` that leaves the decision open, and what that then asks for.

    Those beside ``left_open`` are tried first.
    """
    learnt = {fact: learnt_cells(fact, decision.facts, policy) for fact in facts}
    cells = {
        fact: [nearest_in(cell) for cell in found if not isinstance(cell, Unknown)] for fact, found in learnt.items()
    }
    likely = {fact: [left_open[fact]] if fact in left_open else values for fact, values in cells.items()}
    for values in chain(_combined(likely), _combined(cells)):
        stated = stating(decision.facts, values)
        if stated is not None:
            outcome = decided(stated, policy, decision.effective_on)
            if outcome is None:
                return values, ()  # no rule covers the facts, whatever else becomes known
            if outcome.status is not Status.FINAL:
                return values, asked_for(outcome)
    return None


def _combined(choices: dict[str, list[Value]]) -> Iterator[dict[str, Value]]:
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def asked_for(decision: Decision) -> tuple[str, ...]:
    """What a decision that is not final asks for, as it can be stated.

    A segment that a source or the CRM gave stays possible whatever other sources say, so they settle nothing by
    themselves. One that the VP gave falls with the first other count (SEG-5).
    """
    of_the_segment = _OF_THE_COUNTS in decision.missing_facts or decision.facts.vp_decision is not None
    return (*decision.missing_facts, *OF_THE_SEGMENT) if of_the_segment else decision.missing_facts


def missing_words(missing: MissingFacts) -> list[str]:
    """What would settle a decision, in sentences: the sets first, then what each fact would lead to."""
    if missing.sets == ((),):
        return ["The decision is final; nothing that is still unknown would change it."]
    if not missing.sets:
        return ["Nothing that could become known would make the decision final, whatever it turned out to be."]
    settling = [
        f"{listing(facts)} {'settles' if len(facts) == 1 else 'together settle'} it, whatever comes out."
        for facts in missing.sets
    ]
    return settling + [_led_to(fact, missing) for fact in dict.fromkeys(each.fact for each in missing.prospects)]


def _led_to(fact: str, missing: MissingFacts) -> str:
    cells: dict[str, list[Cell]] = {}
    for prospect in missing.prospects:
        if prospect.fact == fact:
            cells.setdefault(verdict_words(prospect.verdict), []).append(prospect.cell)
    return f"{fact}: {'; '.join(f'{cells_words(fact, alike)} leads to {to}' for to, alike in cells.items())}."
