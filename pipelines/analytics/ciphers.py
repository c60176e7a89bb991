"""Seals what is personal with the key of whose it is. The same text of the same person is sealed to the same, and to no other's.

AES-SIV (RFC 5297): equal values stay equal, so that tables can still be joined and people counted by what is sealed, and
without the key nothing tells whose it is, not even who guesses.
"""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

SEALED = "sealed:"
KEY_BYTES = 32


class NotOurs(ValueError):
    """This was sealed with another key, or changed since."""


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


class Cipher:
    """One person's. It remembers what it has sealed: of one person there are few different values, each many times."""

    __slots__ = ("_aes", "_sealed")

    def __init__(self, key: bytes) -> None:
        self._aes = AESSIV(key)
        self._sealed: dict[str, str] = {}

    def seal(self, value: Any) -> str:
        """Return the sealed text of a string, or of anything else's JSON."""
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        found = self._sealed.get(text)
        if found is None:
            found = SEALED + urlsafe_b64encode(self._aes.encrypt(text.encode(), None)).decode()
            self._sealed[text] = found
        return found

    def opens(self, sealed: str) -> bool:
        """Tell whether it was this one that sealed it."""
        try:
            self.open(sealed)
        except NotOurs:
            return False
        return True

    def open(self, sealed: str) -> str:
        """Return what was sealed. Raises NotOurs."""
        try:
            return self._aes.decrypt(urlsafe_b64decode(sealed.removeprefix(SEALED)), None).decode()
        except (InvalidTag, ValueError) as error:
            raise NotOurs(sealed) from error
