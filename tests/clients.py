"""The page docs/how/clients.md, as it stands, against a service of its own: ``make clients``.

It brings the generators, so it needs the package indexes of Python and Node; it is no part of the tests.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers import BOOTSTRAP_KEY, REPOSITORY, serving

PAGE = (REPOSITORY / "docs" / "how" / "clients.md").read_text()
PROGRAMS = {"python": "classify.py", "ts": "classify.mts"}
(PRINTED,) = re.findall(r"It prints `(.*)`\.", PAGE)


def main() -> None:
    """Run every block, in order: shell as shell, programs as the files that they are said to be."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "clients.db", {}) as url:
        shutil.copy(REPOSITORY / "openapi.yaml", folder)
        script = ["set -eo pipefail"]
        for language, block in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL):
            if language == "sh":
                script.append(block.replace("http://127.0.0.1:8000", url).replace("chalk_...", BOOTSTRAP_KEY))
            else:
                (Path(folder) / PROGRAMS[language]).write_text(block)
        environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        command = ["bash", "-c", "\n".join(script)]
        ran = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    print(ran.stdout)  # noqa: T201 - what the commands of the page said
    assert ran.stdout.splitlines().count(PRINTED) == len(PROGRAMS)


if __name__ == "__main__":
    main()
