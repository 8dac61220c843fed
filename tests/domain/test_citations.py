"""Every citation rests on a sentence of the handbook as it stands, where the handbook is at hand."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import service
from service.domain import fy23_citations
from service.domain.clauses import Citation
from service.domain.fy23 import fy23
from service.domain.handoff import citations as handoff_citations
from service.domain.wording import clauses_of

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CHALKLINE_SHARED", ROOT.parent / "shared"))
HANDBOOK = SHARED / "handbook" / "commercial-sales.md"
CONSTANTS = {
    name: value
    for module in (fy23_citations, handoff_citations)
    for name, value in vars(module).items()
    if isinstance(value, Citation)
}


def cited() -> Iterator[Citation]:
    """Every citation of the policy, and every one that is written down."""
    policy = fy23()
    for step in policy.steps.values():
        yield step.citation
        yield from (clause.citation for clause in clauses_of(step.expression))
    yield from (notice.citation for notice in policy.program.notices.values())
    yield from CONSTANTS.values()


def pins(handbook: str) -> set[str]:
    """The SHA-256 of every line of the handbook without its list marker, and of every sentence in it."""
    lines = [re.sub(r"^\s*(?:[-*+]|\d+\.)\s+", "", line).strip() for line in handbook.splitlines()]
    sentences = {piece for line in lines for piece in (line, *re.split(r"(?<=[.!?])\s+", line))}
    return {hashlib.sha256(sentence.encode()).hexdigest() for sentence in sentences if sentence}


@pytest.fixture(scope="module")
def handbook() -> str:
    if not HANDBOOK.is_file():
        pytest.skip(f"the handbook is not at {HANDBOOK}; CHALKLINE_SHARED names the directory that holds it")
    return HANDBOOK.read_text()


def stray(citations: Iterator[Citation] | list[Citation], handbook: str) -> list[Citation]:
    """The citations whose sentence the handbook does not have."""
    known = pins(handbook)
    return [citation for citation in citations if citation.sentence_sha256 not in known]


def test_every_citation_rests_on_a_sentence_of_the_handbook(handbook: str) -> None:
    assert stray(cited(), handbook) == []


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_changed_pin_and_a_changed_handbook_are_both_noticed(name: str, handbook: str) -> None:
    citation = CONSTANTS[name]
    changed = replace(citation, sentence_sha256=hashlib.sha256(citation.gist.encode()).hexdigest())
    reworded = handbook.replace("e", "é")

    assert stray([changed], handbook) == [changed]
    assert stray([citation], reworded) == [citation]


def test_the_gist_of_a_citation_is_in_our_own_words(handbook: str) -> None:
    known = pins(handbook)

    assert [cite.gist for cite in cited() if hashlib.sha256(cite.gist.encode()).hexdigest() in known] == []
    assert [cite.gist for cite in cited() if len(cite.gist) > 20 and cite.gist.lower() in handbook.lower()] == []


def test_the_heading_of_a_citation_is_a_heading_of_the_handbook(handbook: str) -> None:
    headings = {line.lstrip("# ").strip() for line in handbook.splitlines() if line.startswith("#")}

    assert {cite.heading for cite in cited()} <= headings


def test_every_citation_that_is_written_down_is_used() -> None:
    sources = Path(service.__file__).parent.rglob("*.py")
    used = "\n".join(path.read_text() for path in sources if not path.stem.endswith("_citations"))

    assert [name for name in CONSTANTS if not re.search(rf"\b{name}\b", used)] == []
