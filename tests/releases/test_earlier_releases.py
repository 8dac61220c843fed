"""What an earlier release recorded is migrated, explained and replayed word for word as it was then."""

from pathlib import Path

import pytest

from tests.databases import PostgresDatabases, SqliteDatabases
from tests.releases.record import decisions_of, gaps
from tests.releases.recording import Recording
from tests.releases.restored import changes, restored
from tests.releases.walk import walked

HERE = Path(__file__).parent
RELEASES = sorted(path.parent.name for path in HERE.glob("*/answers.json"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_recorded_is_answered_as_it_was(release: str, kind: str, request: pytest.FixtureRequest) -> None:
    name = "sqlite_databases" if kind == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    recording = Recording.read(HERE / release)

    with restored(recording, kind, databases) as api:
        found = changes(recording, api)

    assert not found, "\n".join([f"{len(found)} changes", *found[:20]])


def test_a_walk_leaves_out_nothing_that_a_decision_can_say(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url, walked(url) as api:
        assert gaps(decisions_of(api)) == set()


@pytest.mark.parametrize("release", RELEASES)
def test_a_recording_is_written_as_it_was_read(release: str, tmp_path: Path) -> None:
    Recording.read(HERE / release).write(tmp_path)

    for written in tmp_path.iterdir():
        assert written.read_bytes() == (HERE / release / written.name).read_bytes()
