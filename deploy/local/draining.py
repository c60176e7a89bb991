"""Which parts are to be drained: said by `bijou drain`, done by the launcher of this machine, forgotten at the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress

from deploy.local.data import Data, write_private

_FILE = "drain.json"


def read(data: Data) -> dict[str, float]:
    """Return the parts, and within how many seconds each has to end."""
    with suppress(OSError, ValueError):
        found = json.loads((data.run / _FILE).read_text())
        if isinstance(found, dict):
            return {str(name): float(seconds) for name, seconds in found.items()}
    return {}


def write(data: Data, parts: Mapping[str, float]) -> None:
    """Say which parts are to be drained from now on; those that are no longer named are started again."""
    write_private(data.run / _FILE, json.dumps(dict(parts)))


def forget(data: Data) -> None:
    (data.run / _FILE).unlink(missing_ok=True)
