"""Every answer is held to its shape by mypy: in broken copies, each key that is missing or too many is found."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.published import published
from tests.servers import REPOSITORY

ENTRYPOINTS = Path("service") / "entrypoints"
ROOMS = ("views", "api")
OF_THE_LEDGER = {"LedgerEntryBody", "LedgerEntryPage", "OpeningBody", "ReceiptBody"}
"""Written as what verifies them elsewhere reads them, which holds them (``service.domain.ledger.receipts``)."""
WRITTEN_AS_BYTES = {"BatchResult", "ClauseBody", "CountBody", "FactsBody", "HandoffCount", "ProgramBody"}
"""Filled by Pydantic, from pieces that are written once, or by what was asked; tests of their own hold these six."""


def test_mypy_finds_a_key_that_an_answer_lacks(tmp_path: Path) -> None:
    def with_one_more(shape: ast.ClassDef, lines: list[str]) -> None:
        first = shape.body[1].lineno - 1
        lines[first] = f"    added_{shape.name}: int\n{lines[first]}"

    assert _unfound(tmp_path, with_one_more, r'Missing keys? .*"added_{shape}".* for TypedDict "{shape}"') == set()


def test_mypy_finds_a_key_that_an_answer_has_too_many(tmp_path: Path) -> None:
    def with_one_less(shape: ast.ClassDef, lines: list[str]) -> None:
        key = shape.body[1]
        for place in range(key.lineno - 1, key.end_lineno or key.lineno):
            lines[place] = ""

    assert _unfound(tmp_path, with_one_less, r'Extra keys? .* for TypedDict "{shape}"') == set()


def test_the_shapes_of_answers_are_those_that_are_published() -> None:
    schemas = published().document["components"]["schemas"]

    in_common, in_lines_alone = {"CountedBody"}, {"FlippedBody"}
    assert set(_shapes(REPOSITORY)) - in_common - in_lines_alone <= schemas.keys()


def _unfound(folder: Path, break_: Callable[[ast.ClassDef, list[str]], None], found: str) -> set[str]:
    """The shapes of which mypy does not find that they are broken, alone or once those around them are whole again."""
    broken = set(_shapes(REPOSITORY)) - WRITTEN_AS_BYTES - OF_THE_LEDGER
    assert len(broken) > 50
    before: set[str] = set()
    while broken and broken != before:
        before = broken
        for room in ROOMS:
            shutil.copytree(REPOSITORY / ENTRYPOINTS / room, folder / ENTRYPOINTS / room, dirs_exist_ok=True)
        for name, path in _shapes(folder).items():
            if name in broken:
                _rewrite(path, name, break_)
        said = _mypy(folder)
        broken = {name for name in broken if not re.search(found.format(shape=name), said)}
    return broken


def _shapes(root: Path) -> dict[str, Path]:
    """The typed dictionaries that are answers, each with the file that it stands in."""
    shapes: dict[str, Path] = {}
    for path in sorted(path for room in ROOMS for path in (root / ENTRYPOINTS / room).rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and (base.id == "TypedDict" or base.id in shapes) for base in node.bases
            ):
                shapes[node.name] = path
    return shapes


def _rewrite(path: Path, name: str, break_: Callable[[ast.ClassDef, list[str]], None]) -> None:
    text = path.read_text()
    (shape,) = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == name]
    lines = text.splitlines(keepends=True)
    break_(shape, lines)
    path.write_text("".join(lines))


def _mypy(folder: Path) -> str:
    """What mypy says of entry points alone: what they import from elsewhere does not matter here."""
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--follow-imports=skip",
            "--explicit-package-bases",
        ]
        + [str(ENTRYPOINTS / room) for room in ROOMS],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    return ran.stdout
