"""The key that signs the ledger: from a setting or a file, and made where there never was a checkpoint."""

import os
from dataclasses import dataclass
from pathlib import Path

from service.domain.ledger.notes import NoteSigner, UnusableNoteKeyError, is_key_name, read_signer


class LedgerStoppedError(Exception):
    """Nothing is sealed, until somebody has looked. The message is a sentence without its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """Where the signing key is: in ``lines``, or in a ``file``; with neither there is none.

    Each line is a key; the first is the one that signs from now on, and those behind it sign as well, so that a
    checkpoint of both leads from one to the other. ``origin`` is the name that the ledger is to have, if one is set.
    """

    lines: str | None = None
    file: Path | None = None
    origin: str | None = None

    def read(self) -> tuple[NoteSigner, ...]:
        """The signers; none where there is no key yet.

        Raises:
            LedgerStoppedError: what is there is no key, cannot be read, or is one of another ledger.
        """
        text = self.lines or self._text_of_file()
        try:
            signers = tuple(map(read_signer, text.split()))
        except UnusableNoteKeyError as error:
            raise LedgerStoppedError(f"The ledger's key cannot be used: {error}") from error
        wanted = self.origin or (signers[0].name if signers else "")
        for signer in signers:
            if signer.name != wanted:
                raise LedgerStoppedError(f"The ledger is named {wanted}, and has a key of {signer.name}")
        return signers

    def make(self, seed: bytes, otherwise: str) -> NoteSigner:
        """Make a key, and keep it in the file. Unless an origin is set, the ledger is named ``otherwise``.

        Raises:
            LedgerStoppedError: there is no file to keep it in, or it cannot be written.
        """
        name = self.origin or otherwise
        if self.file is None or not is_key_name(name):
            raise LedgerStoppedError("The ledger has no key: set CHALKLINE_LEDGER_KEY or CHALKLINE_LEDGER_KEY_FILE")
        signer = NoteSigner(name=name, seed=seed)
        try:
            # Made by itself and seen by its owner alone, from the first moment on.
            with os.fdopen(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
                opened.write(f"{signer.secret}\n")
                opened.flush()
                os.fsync(opened.fileno())
        except OSError as error:
            reason = error.strerror or error
            raise LedgerStoppedError(f"The ledger's new key cannot be written to {self.file}: {reason}") from error
        return signer

    def _text_of_file(self) -> str:
        if self.file is None:
            return ""
        try:
            return self.file.read_text()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise LedgerStoppedError(f"The ledger's key cannot be read from {self.file}: {error}") from error
