"""What is odd in a policy is found once by each release, and a draft is held to what was found."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib.metadata import version

import pytest
from sqlalchemy import text

from service import wiring
from service.domain.drafts import FaultyPolicyError, RecordedDraft, rebuilt, revision
from service.domain.identifiers import uuid7
from service.domain.lab.lint import Finding, LintCode
from service.domain.parameters import changes_from_text
from service.domain.policies import BUILT_IN
from service.domain.program_json import program_digest
from service.store.database import Database, open_database
from service.store.once import Answer
from service.store.policies import find_findings, keep_findings
from service.usecases.revise_policy import ProposedRevision, findings_on, make_draft, publish_policy
from tests.programs import found_in, with_bands
from tests.store.jobs import ASKED, AT

pytestmark = pytest.mark.slow

RELEASE = version("chalkline")
POLICY = BUILT_IN.published[0]
CHANGED = rebuilt(POLICY, replace(POLICY.parameters, first_order_min_employees=600))
FAULT = Finding(LintCode.BAND_GAP, "fault", ("leading_employees",), "This was found before.")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url, clock=lambda: AT, random_bits=wiring.random_bits, observe=lambda *_: None)
    yield opened
    opened.engine.dispose()


def drafted(database: Database) -> RecordedDraft:
    proposal = ProposedRevision(
        policy_id="fy23",
        changes=changes_from_text({"first_order_min_employees": "600"}),
        effective_from=date(2022, 8, 1),
        effective_until=None,
        reason="A trial",
        proposed_by="operations",
    )
    at, told = (uuid7(AT, 1), AT), lambda _: Answer(b"")
    made = make_draft(database, proposal, *at, "request-1", None, told, lint=found_in).made
    assert made is not None
    return made


def published(database: Database, draft: RecordedDraft) -> RecordedDraft:
    told = publish_policy(
        database, draft.draft.id, ASKED, lambda: AT, None, lambda _: Answer(b""), lint=found_in, second_person=False
    ).made
    assert told is not None
    return told


def test_what_is_odd_in_a_draft_is_remembered_with_it(database: Database) -> None:
    draft = drafted(database)

    assert find_findings(database.engine, draft.draft.policy.digest, RELEASE) == found_in(draft.draft.policy)


def test_publishing_goes_by_what_was_found_before(database: Database) -> None:
    keep_findings(database.engine, program_digest(CHANGED.program), RELEASE, (FAULT,))

    with pytest.raises(FaultyPolicyError, match=r"This was found before\."):
        published(database, drafted(database))


@pytest.mark.parametrize("release", ["0.0.1", f"{RELEASE}.1"])
def test_what_another_release_found_is_found_anew(database: Database, release: str) -> None:
    keep_findings(database.engine, program_digest(CHANGED.program), release, (FAULT,))
    draft = drafted(database)
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM policy_findings WHERE found_by = :here"), {"here": RELEASE})

    assert published(database, draft).publication is not None
    assert find_findings(database.engine, program_digest(CHANGED.program), RELEASE) == found_in(CHANGED)
    assert find_findings(database.engine, program_digest(CHANGED.program), release) == (FAULT,)


def test_two_who_look_at_once_both_find_it(database: Database) -> None:
    found = findings_on(database, POLICY, found_in)
    keep_findings(database.engine, program_digest(POLICY.program), RELEASE, found)

    assert findings_on(database, POLICY, found_in) == found == found_in(POLICY)


def test_a_policy_is_known_by_its_questions_and_parameters_whatever_its_number_and_period() -> None:
    later = revision("fy23", 7, POLICY.parameters, date(2023, 2, 1), date(2024, 2, 1))

    assert program_digest(later.program) == program_digest(POLICY.program)
    assert program_digest(CHANGED.program) != program_digest(POLICY.program)
    assert program_digest(with_bands(POLICY, POLICY.program.bands.cases[:-1]).program) != program_digest(POLICY.program)
