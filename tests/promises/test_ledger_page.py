"""docs/how/ledger.md says of each kind of entry what an open ledger shows plainly."""

import re

import pytest

from service.store.ledger.contents import CONTENTS, PERSONAL_FACTS
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "ledger.md").read_text()
TABLE = PAGE.partition("| entry | plain, beside its id and its instant |")[2].partition("\n\n")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", TABLE, re.MULTILINE))


def test_every_kind_of_entry_has_a_row() -> None:
    assert list(ROWS) == list(CONTENTS)


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_row_has_what_is_sealed_plainly(kind: str) -> None:
    plain, _, hidden = ROWS[kind].partition(", but for these: ")
    assert set(re.findall(r"`(\w+)`", plain)) == set(CONTENTS[kind].plain)
    assert set(re.findall(r"`(\w+)`", hidden)) == (PERSONAL_FACTS if kind == "decision" else set())
