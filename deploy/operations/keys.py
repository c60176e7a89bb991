"""Keys of tokens and of grants, changed while everybody is signed in and films run: the new one beside the old, then alone.

A new key is published for its overlap before it signs, and the old one stays for as long as what it signed may live. Services
and edges follow the files; nobody is restarted.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from deploy import secrets as containers
from deploy.local.data import Data, write_private
from deploy.operations.places import Platform
from libs.chassis.security.tokens import new_private_key
from services.identity.settings import since as signing_since
from services.identity.settings import split_pem
from services.playback.grants import parted

Kind = Literal["signing", "grants"]
KINDS: tuple[Kind, ...] = ("signing", "grants")
# What a change takes to reach everybody. Here files are looked at every two seconds; in a cluster a store of secrets is asked
# once an hour, and volumes follow within two minutes.
SPREAD_HERE, SPREAD_IN_CONTAINERS = timedelta(seconds=30), timedelta(minutes=65)


class UnderWay(Exception):
    """This key is being changed already, and what the old one signed may still live. Wait; then: `bijou keys retire`."""


class NotOurs(Exception):
    """The folder of secrets has no `secrets.json`: keys are changed where it is, and brought here as they were the first time."""


@dataclass(frozen=True)
class Key:
    """How a key fares. `since`: when it came, where that is known. `signs`: when it does; `over`: when the old one may go."""

    kind: Kind
    since: datetime | None
    signs: datetime | None = None
    over: datetime | None = None

    @property
    def changing(self) -> bool:
        """Whether the old key is still there."""
        return self.over is not None


class Keys:
    """The keys of a platform, where they are kept."""

    def __init__(self, platform: Platform, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        identity, playback = platform.settings("identity"), platform.settings("playback")
        self._overlap = {
            "signing": timedelta(seconds=_number(identity, "signing_overlap")),
            "grants": timedelta(seconds=_number(playback, "grant_overlap")),
        }
        self._lives = {
            "signing": timedelta(seconds=_number(identity, "access_ttl")),
            "grants": timedelta(seconds=_number(playback, "longest_session")),
        }
        self._spread = SPREAD_HERE if platform.data else SPREAD_IN_CONTAINERS
        self._kept: _Here | _Contained
        if platform.data:
            self._kept = _Here(platform.data)
        else:
            assert platform.secrets is not None
            self._kept = _Contained(platform.secrets)
        self._now = now

    def look(self, kind: Kind) -> Key:
        """Return how a key fares."""
        held, begun = _read(kind, self._kept.read(kind))
        since = datetime.fromtimestamp(begun, UTC) if begun else None
        if len(held) < 2:
            return Key(kind, since)
        signs = (since or self._kept.written()) + self._overlap[kind]
        return Key(kind, since, signs, signs + self._lives[kind] + self._spread)

    def rotate(self, kind: Kind) -> Key:
        """Put a new key in front of the one there is. Raises UnderWay while what an older one signed may live."""
        key = self.look(kind)
        if key.over and key.over > self._now():
            raise UnderWay(f"{kind}: until {key.over:%Y-%m-%d %H:%M:%S} UTC. {UnderWay.__doc__}")
        held, _ = _read(kind, self._kept.read(kind))
        new = new_private_key() if kind == "signing" else secrets.token_urlsafe(48)
        self._kept.write(kind, _written(kind, [new, held[0]], int(self._now().timestamp())))
        return self.look(kind)

    def retire(self, kind: Kind) -> bool:
        """Drop the old key where nothing that it signed can live any more; return whether there was one. Raises UnderWay."""
        key = self.look(kind)
        if key.over is None:
            return False
        if key.over > self._now():
            raise UnderWay(f"{kind}: until {key.over:%Y-%m-%d %H:%M:%S} UTC. {UnderWay.__doc__}")
        held, begun = _read(kind, self._kept.read(kind))
        self._kept.write(kind, _written(kind, held[:1], int(begun or 0)))
        return True


class _Here:
    """This machine's data directory; the launcher looks at it every second."""

    def __init__(self, data: Data) -> None:
        self._memory = data.root / "secrets.json"
        self._pem = data.private_key("signing_key")

    def read(self, kind: Kind) -> str:
        return self._pem.read_text() if kind == "signing" else str(json.loads(self._memory.read_text())["grant"])

    def write(self, kind: Kind, text: str) -> None:
        if kind == "signing":
            write_private(self._pem, text)
        else:
            write_private(self._memory, json.dumps({**json.loads(self._memory.read_text()), "grant": text}, indent=1))

    def written(self) -> datetime:
        return datetime.fromtimestamp(max(self._pem.stat().st_mtime, self._memory.stat().st_mtime), UTC)


class _Contained:
    """The folder that `deploy.secrets` made: its memory, and the files that are made of it again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory = folder / containers.MEMORY
        if not self._memory.is_file():
            raise NotOurs(NotOurs.__doc__)

    def _known(self) -> Any:
        return json.loads(self._memory.read_text())

    def read(self, kind: Kind) -> str:
        known = self._known()
        return str(known["keys"]["signing_key"] if kind == "signing" else known["named"]["grant"])

    def write(self, kind: Kind, text: str) -> None:
        known = self._known()
        known["keys" if kind == "signing" else "named"]["signing_key" if kind == "signing" else "grant"] = text
        containers.write(self._memory, json.dumps(known, indent=1) + "\n", 0o600)
        for container, files in containers.files(known).items():
            for name, content in files.items():
                path = self._folder / container / name
                # Only where somebody has them: a Job is shown what it needs.
                if path.is_file() and path.read_text() != content:
                    _over(path, content)

    def written(self) -> datetime:
        return datetime.fromtimestamp(self._memory.stat().st_mtime, UTC)


def _over(path: Path, text: str) -> None:
    """Write another text into the same file: a container of compose was given it as it is, and sees no other of its name.

    The whole in one write, then the end: a reader finds the old one, the new one, or the new one with the rest of the old one
    behind it, which after its time has begun with the new one already.
    """
    mode = path.stat().st_mode
    path.chmod(0o600)
    descriptor = os.open(path, os.O_WRONLY)
    try:
        held = text.encode()
        os.pwrite(descriptor, held, 0)
        os.ftruncate(descriptor, len(held))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        path.chmod(mode)


def _read(kind: Kind, text: str) -> tuple[list[str], float | None]:
    return (split_pem(text), signing_since(text)) if kind == "signing" else parted(text)


def _written(kind: Kind, held: list[str], since: int) -> str:
    if kind == "signing":
        return "".join([f"# since {since}\n" if since else "", *held])
    return ",".join([f"{held[0]}@{since}" if since else held[0], *held[1:]])


def _number(settings: object, name: str) -> float:
    return float(getattr(settings, name))
