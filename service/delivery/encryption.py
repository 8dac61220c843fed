"""Signing secrets as the database has them: encrypted where the settings give a key, and as they are where not."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from service.domain.subscriptions import SECRET_PREFIX

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class LostKeyError(Exception):
    """A secret was encrypted with a key that the settings do not name. The message is a sentence."""


class Encryption:
    """Encrypts secrets with the first of some Fernet keys, and decrypts with any; without a key they are left as is."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(keys)

    def encrypt(self, secret: str) -> str:
        """A secret as it is kept."""
        return self._all.encrypt(secret.encode()).decode() if self._keys and secret else secret

    def decrypt(self, kept: str) -> str:
        """A secret that is kept, whether or not it was encrypted.

        Raises:
            LostKeyError: it was, with another key.
        """
        if not kept or kept.startswith(SECRET_PREFIX):
            return kept
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - few commands need what it loads

        try:
            if self._keys:
                return self._all.decrypt(kept).decode()
        except InvalidToken:
            pass
        raise LostKeyError(
            "The database has signing secrets that were encrypted with a key that CHALKLINE_SECRET_KEYS does not name: "
            "add that key; docs/how/operate.md says what to do where it is lost"
        )

    def renew(self, kept: str) -> str:
        """A secret that is kept, as it is to be kept from now on: encrypted with the first key.

        Raises:
            LostKeyError: it was encrypted with none of them.
        """
        secret = self.decrypt(kept)
        if not self._keys:
            return kept
        with suppress(LostKeyError):
            if Encryption(self._keys[:1]).decrypt(kept) != kept:
                return kept
        return self.encrypt(secret)

    @cached_property
    def _all(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 - as above

        return MultiFernet([Fernet(key) for key in self._keys])
