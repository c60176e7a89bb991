"""Tokens of links, which the database holds hashed alone, and secrets that it holds sealed, under a key it does not hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class NotOurs(ValueError):
    """What is to be opened was not sealed with this key, or was changed."""


class Cipher:
    """Everything derived from one secret, each use with a key of its own (HMAC-SHA256 of the use's name)."""

    def __init__(self, secret: str) -> None:
        """Without a secret, one that lasts as long as this process."""
        self._root = secret.encode() or secrets.token_bytes(32)

    def _key(self, use: str) -> bytes:
        return hmac.new(self._root, use.encode(), hashlib.sha256).digest()

    def link_token(self, link_id: UUID, purpose: str) -> str:
        """Return the token of a link: 256 bits that its id alone does not give, the same however often it is mailed."""
        found = hmac.new(self._key("link"), f"{purpose} {link_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(found).decode().rstrip("=")

    def marked(self, use: str, text: str) -> bytes:
        """Return a hash of a short secret that cannot be guessed at without the key."""
        return hmac.new(self._key(use), text.encode(errors="replace"), hashlib.sha256).digest()

    def seal(self, use: str, owner: UUID, text: str) -> bytes:
        """Return a text sealed for one use and one owner: moved to another's row it does not open."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self._key(use)).encrypt(nonce, text.encode(), owner.bytes)

    def open(self, use: str, owner: UUID, sealed: bytes) -> str:
        """Return the text. Raises NotOurs."""
        try:
            return AESGCM(self._key(use)).decrypt(sealed[:NONCE], sealed[NONCE:], owner.bytes).decode()
        except InvalidTag:
            raise NotOurs from None
