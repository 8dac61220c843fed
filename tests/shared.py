"""What may stand beside the project: the handbook, and vectors of third parties.

Every behaviour is tested without it. Where it is, the tests marked ``shared`` compare with it as well. CHALKLINE_SHARED
names its folder; where that leads nowhere, the machine is a stranger's.
"""

import json
import os
from pathlib import Path
from typing import Any

from tests.servers import REPOSITORY

SHARED = Path(os.environ.get("CHALKLINE_SHARED", REPOSITORY.parent / "shared"))
HANDBOOK = SHARED / "handbook" / "commercial-sales.md"
VECTORS = SHARED / "vectors"


def listed(file: str, *names: str) -> list[str]:
    """The vectors of the lists so named in a JSON file; none where it is absent."""
    found = VECTORS / file
    lists: dict[str, Any] = json.loads(found.read_text()) if found.exists() else {}
    return [vector for name in names for vector in lists.get(name, [])]


def files(folder: str) -> dict[str, bytes]:
    """The files of a folder of vectors by their names; none where it is absent."""
    found = VECTORS / folder
    return {path.name: path.read_bytes() for path in sorted(found.iterdir())} if found.exists() else {}
