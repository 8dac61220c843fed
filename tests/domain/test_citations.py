"""Every citation rests on a sentence of the handbook as it stands, where the handbook is at hand."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import service
from service.domain import calendar_citations, fy23_citations, rank_citations, sales_citations
from service.domain.clauses import Citation
from service.domain.duties import citations
from service.domain.duties.fy23_duties import fy23_duties
from service.domain.fy23 import fy23
from service.domain.wording import clauses_of
from tests.shared import HANDBOOK

CONSTANTS = {
    name: value
    for module in (fy23_citations, citations, calendar_citations, rank_citations, sales_citations)
    for name, value in vars(module).items()
    if isinstance(value, Citation)
}
OUR_HANDBOOK = """
# Who sells to whom
1. A first sentence stands alone. A second one follows it.
- Three teams share the accounts
"""


def cited() -> Iterator[Citation]:
    """Every citation of the policy, and every one that is written down."""
    policy = fy23()
    for step in (*policy.steps.values(), *fy23_duties().steps.values()):
        yield step.citation
        yield from (clause.citation for clause in clauses_of(step.expression))
    yield from (notice.citation for notice in policy.program.notices.values())
    yield from CONSTANTS.values()


def pin(sentence: str) -> str:
    return hashlib.sha256(sentence.encode()).hexdigest()


def pins(handbook: str) -> set[str]:
    """The SHA-256 of every line of the handbook without its list marker, and of every sentence in it."""
    lines = [re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "", line).strip() for line in handbook.splitlines()]
    sentences = {piece for line in lines for piece in (line, *re.split(r"(?<=[.!?])\s+", line))}
    return {pin(sentence) for sentence in sentences if sentence}


def stray(citations: Iterable[Citation], handbook: str) -> list[Citation]:
    """The citations of whose sentences the handbook lacks some."""
    known = pins(handbook)
    return [citation for citation in citations if not known.issuperset(citation.pins)]


def hold_changes_noticed(citations: Iterable[Citation], handbook: str) -> None:
    """Fail unless a changed pin and a changed handbook are both noticed, of each citation."""
    citations = [citation for citation in citations if citation.pins]
    changed = [
        replace(citation, pins=(*citation.pins[:place], pin(citation.gist), *citation.pins[place + 1 :]))
        for citation in citations
        for place in range(len(citation.pins))
    ]

    assert stray(citations, handbook) == []
    assert stray(changed, handbook) == changed
    assert stray(citations, handbook.translate({ord("e"): "é", ord("h"): "ħ"})) == citations


@pytest.mark.shared
@pytest.mark.skipif(not HANDBOOK.is_file(), reason=f"the handbook is not at {HANDBOOK} (CHALKLINE_SHARED)")
def test_every_citation_rests_on_a_sentence_of_the_handbook_in_our_own_words() -> None:
    handbook = HANDBOOK.read_text()
    known = pins(handbook)
    headings = {line.lstrip("# ").strip() for line in handbook.splitlines() if line.startswith("#")}

    assert stray(cited(), handbook) == []
    hold_changes_noticed(CONSTANTS.values(), handbook)
    assert [cite.gist for cite in cited() if pin(cite.gist) in known] == []
    assert [cite.gist for cite in cited() if len(cite.gist) > 20 and cite.gist.lower() in handbook.lower()] == []
    assert {cite.heading for cite in cited()} <= headings


@pytest.mark.parametrize("sentence", ["A first sentence stands alone.", "Three teams share the accounts"])
def test_a_changed_pin_and_a_changed_handbook_are_both_noticed(sentence: str) -> None:
    hold_changes_noticed([Citation("Who sells to whom", "item 1", "the gist of it", (pin(sentence),))], OUR_HANDBOOK)


def test_a_citation_pins_a_sentence_and_not_our_own_words_for_it() -> None:
    for cite in cited():
        assert all(re.fullmatch("[0-9a-f]{64}", each) for each in cite.pins)
        assert len({*cite.pins, pin(cite.gist)}) == len(cite.pins) + 1
        assert cite.heading


def test_the_reading_without_a_sentence_says_so_and_no_other_pins_none() -> None:
    assert [name for name, cite in CONSTANTS.items() if not cite.pins] == ["MARKED_IN_THE_CRM", "OPEN", "COMMERCIAL"]
    assert fy23_citations.MARKED_IN_THE_CRM.item == "no sentence: our reading"


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("CURRENT_CUSTOMERS", 3),
        ("EMAIL_WILL_DO", 2),
        ("HANDOFF_CONTACT", 3),
        ("ENOUGH_EMPLOYEES", 2),
        ("DEDUPLICATION", 1),
        ("ACCOUNT_ACTIVITY", 8),
        ("FORECAST_UPDATE", 2),
        ("FOR_A_WHILE", 2),
    ],
)
def test_a_citation_pins_every_sentence_that_it_rests_on(name: str, sentences: int) -> None:
    assert len(CONSTANTS[name].pins) == sentences


def test_every_citation_that_is_written_down_is_used() -> None:
    sources = Path(service.__file__).parent.rglob("*.py")
    used = {
        word for path in sources if not path.stem.endswith("citations") for word in re.findall(r"\w+", path.read_text())
    }

    assert [name for name in CONSTANTS if name not in used] == []
