"""Third-party vectors, where they are at hand."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("CHALKLINE_SHARED", ROOT.parent / "shared")) / "vectors"


def vectors(*path: str) -> Path:
    """A file or folder of the vectors; skips the test, saying so, where they are absent."""
    found = VECTORS.joinpath(*path)
    if not found.exists():
        pytest.skip(f"there are no vectors at {found}; CHALKLINE_SHARED names the directory that holds them")
    return found


def vector_json(*path: str) -> Any:  # noqa: ANN401 - JSON of a third party
    return json.loads(vectors(*path).read_text())
