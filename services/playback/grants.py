"""Edge grants: the path-scoped, expiring permission to read one asset's files, which the edge checks by itself."""

from __future__ import annotations

import hmac
import math
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


class Grants:
    """Signs grants with a secret that the edge knows too.

    While the secret is being changed there are two. The first one, which is new, signs from `settled_at` (Unix seconds) on: by
    then every edge knows it. Proofs of edges are good by either.
    """

    def __init__(self, *secrets: str, settled_at: float = 0) -> None:
        self.replace(*secrets, settled_at=settled_at)

    def replace(self, *secrets: str, settled_at: float) -> None:
        """Have other secrets from now on. Raises ValueError where one of them is none; nothing changes then."""
        if not secrets or not all(secrets):
            raise ValueError("there is no secret in it")
        # Copying a keyed state skips the key schedule: half the time of hmac.new for messages this short.
        self._all = [hmac.new(secret.encode(), digestmod="sha256") for secret in secrets]
        self._settled_at = settled_at if len(secrets) > 1 else 0

    def _signing(self) -> hmac.HMAC:
        if self._settled_at:
            if time.time() < self._settled_at:
                return self._all[1].copy()
            self._settled_at = 0
        return self._all[0].copy()

    def sign(self, asset_id: UUID, session_id: UUID, height: int, expires: int) -> str:
        """Return `<exp>~<asset_id>~<session_id>~<height>~<mac>`: `expires` in Unix seconds, `height` the greatest allowed."""
        message = f"{expires}~{asset_id}~{session_id}~{height}"
        mac = self._signing()
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
        ours = []
        for keyed in self._all:
            mac = keyed.copy()
            mac.update(f"{text}~{expires}".encode())
            ours.append(mac.hexdigest().encode())
        known = any(hmac.compare_digest(mine, given.encode()) for mine in ours for given in macs)
        return known and int(expires) > (time.time() if now is None else now)


def parted(held: str) -> tuple[list[str], float | None]:
    """Return the secrets of `NEW@<since>,OLD`, and since when the first one is there, in Unix seconds, where it is said."""
    first, *more = held.strip().split(",")
    secret, _, since = first.partition("@")
    return [secret, *more], float(since) if since.isdecimal() else None
