import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crm.xml_attacks import ATTACKS
from tests.inbox.client import OUTBOUND, TEXT_XML, Crm
from tests.problems import hold_problem
from tests.servers import REPOSITORY

MEGABYTES = 1024 * 1024
pytestmark = pytest.mark.shared
_ATTACKED = """
import json, resource, sys, time
from pathlib import Path
from service.crm.salesforce.outbound_messages import read_outbound_message
from service.crm.payloads import MalformedPayloadError

body = Path(sys.argv[1]).read_bytes()
before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
try:
    read_outbound_message(body)
except MalformedPayloadError:
    refused = True
else:
    refused = False
took = time.perf_counter() - began
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print(json.dumps({"refused": refused, "seconds": took, "bytes": grown}))
"""


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_by_xml_is_refused_at_once_and_nothing_of_it_is_kept(shared: Crm, name: str) -> None:
    answer = shared.api.http.post(OUTBOUND, content=ATTACKS[name], headers=TEXT_XML, timeout=1)

    hold_problem(answer, 400, "malformed_payload")
    assert shared.events() == []


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_by_xml_is_refused_within_a_second_and_fifty_megabytes(name: str, tmp_path: Path) -> None:
    attack = tmp_path / "attack.xml"
    attack.write_bytes(ATTACKS[name])

    spent = _spent_on(attack)

    assert spent["refused"]
    assert spent["seconds"] < 1
    assert spent["bytes"] < 50 * MEGABYTES


def _spent_on(attack: Path) -> dict[str, float]:
    """What a process of its own, which may not grow without end, spends on refusing a message."""
    ran = subprocess.run(
        [sys.executable, "-c", _ATTACKED, attack],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        timeout=30,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2048 * MEGABYTES, 2048 * MEGABYTES)),
    )
    spent: dict[str, float] = json.loads(ran.stdout)
    return spent
