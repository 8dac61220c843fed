"""The commands of docs/how/verify.md are run as they stand, against a service of its own."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.domain.ledger.findings import Bad, Fault
from service.domain.ledger.notes import read_signer
from tests.api import eventually
from tests.scripts import run_script
from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

PAGE = (REPOSITORY / "docs" / "how" / "verify.md").read_text()
SET, *WALK, REFUSED = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE = '"ledger.example/sales+1a2b3c4d+AZ..."'


@dataclass(frozen=True)
class Walked:
    """What the commands did, and where."""

    ran: subprocess.CompletedProcess[str]
    refused: subprocess.CompletedProcess[str]
    folder: Path
    key: str


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    folder = tmp_path_factory.mktemp("audit")
    kept = folder / "audited.db.ledger-key"
    with serving(folder / "audited.db", {}) as url:
        eventually(kept.exists)
        key = str(read_signer(kept.read_text().strip()).key)
        given = SET.replace(EXAMPLE, f'"{key}"').replace("chalk_...", BOOTSTRAP_KEY)
        given = given.replace("http://127.0.0.1:8000", url)
        yield Walked(
            run_script("\n".join([given, *WALK]), folder, {}), run_script(given + REFUSED, folder, {}), folder, key
        )


def test_a_decision_a_service_and_an_export_are_verified(walked: Walked) -> None:
    assert walked.ran.returncode == 0, walked.ran.stdout + walked.ran.stderr
    receipt, unsealed, first, again, export = walked.ran.stdout.splitlines()

    origin = walked.key.partition("+")[0]
    assert re.fullmatch(rf"Entry \d+ \(decision .* of .*\) is in the ledger {origin} of \d+ entries\.", receipt)
    assert unsealed.startswith("Not sealed, and vouched for by nothing: ")
    for line in (first, again):
        assert re.fullmatch(rf"All of the ledger {origin} of \d+ entries is as it was sealed\.", line)
    assert re.fullmatch(rf"\d+ entries, from number 0 on, are in the ledger {origin} of \d+ entries\.", export)
    assert (walked.folder / "checkpoint").read_text().startswith(f"{origin}\n")


def test_a_receipt_that_was_changed_is_refused(walked: Walked) -> None:
    assert walked.refused.returncode == 1, walked.refused.stderr
    assert re.fullmatch(r"What is told of /team of entry \d+ is not what was sealed\.\n", walked.refused.stdout)


def test_what_the_page_says_of_what_happened_is_what_is_printed() -> None:
    printed = [str(Bad(fault=fault, number=5, pointer="/team")) for fault in Fault]
    printed += [str(Bad(fault=Fault.VALUE_DIFFERS, number=5, pointer="/actor"))]
    printed += [str(Bad(fault=Fault.TILE_DIFFERS, number=256, last=511))]
    rows = re.findall(r"^\| (.+?) \|", PAGE.partition("| it says |")[2], re.MULTILINE)
    sentences = [sentence for row in rows for sentence in re.split(r", (?=The )", row)]

    assert len(sentences) == 10
    assert [each for each in sentences if not any(said.startswith(each) for said in printed)] == []
