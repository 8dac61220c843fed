import pytest

from service.domain.fy23 import fy23
from service.domain.lab.stated import STATED
from service.domain.vocabulary import OLD_NAMES, named_now
from tests.promises.facts import named
from tests.promises.reference import FOLDER, pages


@pytest.mark.parametrize("name", pages())
def test_the_reference_says_what_the_code_does(name: str) -> None:
    assert (FOLDER / name).read_text() == pages()[name], "write it anew: python -m tests.promises.reference"


def test_the_reference_has_no_page_that_nobody_writes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(pages())


def test_a_missing_fact_has_one_name_which_the_reference_has_a_row_for() -> None:
    program, facts = fy23().program, named()
    missing = {program.asked_as(fact) for fact in facts}

    assert len(facts) == len(set(facts))
    assert missing | {*STATED} | {*OLD_NAMES.values()} <= {*facts}
    assert not missing & {*OLD_NAMES}
    assert named_now(("region", *OLD_NAMES, *OLD_NAMES.values())) == ("region", *dict.fromkeys(OLD_NAMES.values()))
