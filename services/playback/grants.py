"""Edge grants: the path-scoped, expiring permission to read one asset's files, which the edge checks by itself."""

from __future__ import annotations

import hmac
import math
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


class Grants:
    """Signs grants with the secret that the edge knows too."""

    def __init__(self, secret: str) -> None:
        # Copying a keyed state skips the key schedule: half the time of hmac.new for messages this short.
        self._keyed = hmac.new(secret.encode(), digestmod="sha256")

    def sign(self, asset_id: UUID, session_id: UUID, height: int, expires: int) -> str:
        """Return `<exp>~<asset_id>~<session_id>~<height>~<mac>`: `expires` in Unix seconds, `height` the greatest allowed."""
        message = f"{expires}~{asset_id}~{session_id}~{height}"
        mac = self._keyed.copy()
        mac.update(message.encode())
        return f"{message}~{mac.hexdigest()}"

    def prefix(self, asset_id: UUID, session_id: UUID, height: int, expires: int) -> str:
        """Return the path below which the asset's files can be read until `expires`, or until the session has ended."""
        return f"/media/{self.sign(asset_id, session_id, height, expires)}"

    def of(self, session_id: UUID, facts: Any, max_height: int | None) -> tuple[str, datetime]:
        """Return the prefix of a session's media, and when it ends: when the session must, whatever is heard meanwhile."""
        expires = math.ceil(facts["ends_at"].timestamp())
        prefix = self.prefix(facts["asset_id"], session_id, max_height or 0, expires)
        return prefix, datetime.fromtimestamp(expires, UTC)

    def shown_by(self, proof: str, now: float | None = None) -> bool:
        """Tell whether `ended~<exp>~<mac>…` is a fresh proof that its sender, an edge, holds the secret too.

        While the secret is being changed an edge holds two, and sends a mac by each.
        """
        text, expires, *macs = f"{proof}~".split("~")
        if text != "ended" or not expires.isdecimal() or len(expires) > 10 or len(macs) > 4:
            return False
        mac = self._keyed.copy()
        mac.update(f"{text}~{expires}".encode())
        known = any(hmac.compare_digest(mac.hexdigest().encode(), given.encode()) for given in macs)
        return known and int(expires) > (time.time() if now is None else now)
