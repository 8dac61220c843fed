import pytest

from tests.promises.reference import FOLDER, pages


@pytest.mark.parametrize("name", pages())
def test_the_reference_says_what_the_code_does(name: str) -> None:
    assert (FOLDER / name).read_text() == pages()[name], "write it anew: python -m tests.promises.reference"


def test_the_reference_has_no_page_that_nobody_writes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(pages())
