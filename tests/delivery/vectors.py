"""The published vectors of addresses and URLs that nothing may be sent to, where they are at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CHALKLINE_SHARED", ROOT.parent / "shared"))
_FILE = SHARED / "vectors" / "ssrf" / "ssrf-vectors.json"


def vectors(*names: str) -> list[str]:
    """The vectors of the lists so named. Skips the test, saying so, where they are absent."""
    if not _FILE.is_file():
        pytest.skip(f"the vectors are not at {_FILE}; CHALKLINE_SHARED names the directory that holds them")
    lists: dict[str, Any] = json.loads(_FILE.read_text())
    return [vector for name in names for vector in lists[name]]
