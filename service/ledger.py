"""The ledger's files: where its key is by the settings, and the file that its newest checkpoint is published to."""

import os
from pathlib import Path

from service.settings import Settings
from service.usecases.ledger_key import KeyPlace

_SQLITE = "sqlite:///"


def key_place(settings: Settings) -> KeyPlace:
    """Where the key is: in the setting, in the file that is set, or beside a SQLite database.

    PostgreSQL is shared by services that share no folder: without a setting there is no place.
    """
    file, url = settings.ledger_key_file, settings.database_url
    if file is None and url.startswith(_SQLITE):
        file = Path(f"{url.removeprefix(_SQLITE)}.ledger-key")
    lines = None if settings.ledger_key is None else settings.ledger_key.get_secret_value()
    return KeyPlace(lines=lines, file=None if lines else file, origin=settings.ledger_origin)


class CheckpointFile:
    """The file that checkpoints are published to, if one is set: it has the newest, whole at any moment."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def read(self) -> str | None:
        """What was published last; None before that, and where no file is set.

        Raises:
            OSError: it cannot be read.
        """
        return None if self._file is None or not self._file.exists() else self._file.read_text()

    def write(self, note: str) -> None:
        """Publish a checkpoint.

        Raises:
            OSError: it cannot be written.
        """
        if self._file is None:
            return
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        beside.write_text(note)
        beside.replace(self._file)
