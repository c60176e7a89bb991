"""Which device of an account this machine is: the same at every sign-in, so that nobody is told of a new one each time."""

from __future__ import annotations

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4


class Device:
    """Kept in the platform's data directory, for an account of a platform. Where it cannot be kept it is a new one each time."""

    def __init__(self, data: Path, platform: str, email: str) -> None:
        whose = sha256(f"{platform} {email}".encode()).hexdigest()[:16]
        self._file = data / "studio" / f"device-{whose}.json"

    def known(self) -> dict[str, Any]:
        """Return the `id` and `secret` of the last sign-in; nothing where there was none."""
        try:
            found = json.loads(self._file.read_text("utf-8"))
            return {name: str(found[name]) for name in ("id", "secret")}
        except (OSError, ValueError, TypeError, KeyError):
            return {}

    def keep(self, device_id: str | None, secret: str | None) -> None:
        """Keep what a sign-in gave; its owner alone may read it."""
        if not device_id or not secret:
            return
        with suppress(OSError):
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            written = self._file.with_name(f"{self._file.name}.{uuid4().hex}")
            written.touch(mode=0o600)
            written.write_text(json.dumps({"id": device_id, "secret": secret}), "utf-8")
            written.replace(self._file)
