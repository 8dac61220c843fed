"""A program is data: written down, it names itself, and it decides as the one that it was written from."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from random import Random

import orjson
import pytest
from pydantic import TypeAdapter

from service.domain.clauses import Flag
from service.domain.decision import trail_to_text
from service.domain.explain import explain
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23, fy23_program
from service.domain.lab.verdicts import decided
from service.domain.parts import Given
from service.domain.program import DOUBLE_CHECK
from service.domain.program_json import program_data, program_digest, program_from, program_json
from service.domain.questions_json import UnknownProcedureError, expression_data, expression_from
from service.domain.sentences import notices, summary
from tests.builders import ON, posted
from tests.domain.generated import any_expression, requests
from tests.programs import reordered, with_asked, with_program
from tests.servers import REPOSITORY


def test_a_program_that_is_read_again_is_the_same() -> None:
    program = reordered(fy23()).program
    again = program_from(orjson.loads(program_json(program)))

    assert program_json(again) == program_json(program)
    assert program_digest(again) == program_digest(program)


def test_what_is_read_again_decides_and_speaks_as_what_it_was_written_from() -> None:
    policy = reordered(fy23())
    again = replace(policy, program=program_from(orjson.loads(program_json(policy.program))))

    for body, segment in requests(500, seed=71):
        facts = posted(body, segment)
        one, other = decided(facts, policy, ON), decided(facts, again, ON)
        if one is None or other is None:
            assert one is other
            continue
        assert one._replace(policy=again) == other
        assert explain(one, policy) == explain(other, again)
        assert (summary(one, policy), notices(one, policy)) == (summary(other, again), notices(other, again))


def test_any_expression_is_read_as_it_was_written() -> None:
    random = Random(72)
    for _ in range(300):
        expression = any_expression(random)
        assert expression_from(orjson.loads(orjson.dumps(expression_data(expression)))) == expression


@pytest.mark.parametrize("data", [{}, {"known": 1}, {"fact": "a", "is": "==", "bound": 1}, {"any": [{}]}])
def test_what_is_no_expression_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is no expression"):
        expression_from(data)


def test_programs_have_one_name_each() -> None:
    program, step = fy23().program, fy23().steps[DOUBLE_CHECK]
    retold = with_asked(fy23(), type(step)(step.rule, step.part, "Told otherwise", step.expression, step.citation))
    others = [
        reordered(fy23()).program,
        fy23_program(replace(FY23_PARAMETERS, in_crm_by=date(2022, 2, 25))),
        retold.program,
        replace(program, texts=dict(program.texts) | {"pending": "The VP decides."}),
    ]

    assert program_digest(fy23(version=2).program) == program_digest(program)
    assert len({program_digest(each) for each in (program, *others)}) == 1 + len(others)


def test_a_program_of_a_procedure_that_is_not_known_is_not_misread() -> None:
    with pytest.raises(UnknownProcedureError, match="not 99"):
        program_from(program_data(fy23().program) | {"procedure": 99})


def test_a_program_that_asks_what_nobody_states_cannot_be_made() -> None:
    step = fy23().steps[DOUBLE_CHECK]
    with pytest.raises(ValueError, match="Nobody states strange"):
        with_asked(fy23(), type(step)(step.rule, step.part, step.title, Flag("strange").holds, step.citation))


def test_a_part_rests_on_what_comes_before_it_alone() -> None:
    program = fy23().program
    early = replace(program.bands, given=Given(Flag("ROUTE-2/when").holds))
    with pytest.raises(ValueError, match="Nobody states ROUTE-2/when"):
        with_program(fy23(), parts=(program.sources, early, program.routes))


ALONE = """
import json, sys
for name in ("fy23", "fy23_facts", "fy23_follow_ups", "fy23_words", "policies"):
    sys.modules[f"service.domain.{name}"] = None
from datetime import date
from pydantic import TypeAdapter
from service.domain.decide import decide
from service.domain.decision import trail_to_text
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.program_json import program_from
from service.domain.sentences import summary

for line in sys.stdin:
    given = json.loads(line)
    program = program_from(given["program"])
    policy = Policy(id="any", version=0, title="", effective_from=date.min, effective_until=None, program=program)
    facts = TypeAdapter(Facts).validate_python(given["facts"], strict=False)
    decision = decide(facts, policy, date.fromisoformat(given["effective_on"]))
    print(json.dumps([*map(str, decision.outcome), trail_to_text(decision.trail), summary(decision, policy)]))
"""


def test_a_decision_and_its_program_are_enough_to_decide_it_again_where_there_is_no_policy() -> None:
    policy = reordered(fy23())
    found = (posted(body, vp) for body, vp in requests(200, seed=73))
    decisions = [each for each in (decided(facts, policy, ON) for facts in found) if each is not None]
    exported = [
        {
            "facts": TypeAdapter(Facts).dump_python(each.facts, mode="json", exclude_none=True),
            "effective_on": each.effective_on.isoformat(),
            "program": program_data(policy.program),
        }
        for each in decisions
    ]

    ran = subprocess.run(
        [sys.executable, "-c", ALONE],
        input="\n".join(json.dumps(each) for each in exported),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )

    assert ran.stderr == ""
    again = [json.loads(line) for line in ran.stdout.splitlines()]
    assert again == [[*map(str, each.outcome), trail_to_text(each.trail), summary(each, policy)] for each in decisions]
