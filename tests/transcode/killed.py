"""The API as a process that kills itself: `python -m tests.transcode.killed module:Class.method before|after`."""

from __future__ import annotations

import functools
import os
import signal
import sys
from importlib import import_module
from typing import Any

from libs.chassis.http import app
from pipelines.transcode.main import NAME, create_app
from pipelines.transcode.settings import Settings


def deadly(place: str, when: str) -> None:
    """Make a method the last thing this process does: `before` it begins, or `after` it has returned."""
    module, _, name = place.partition(":")
    owner, _, method = name.partition(".")
    kind = getattr(import_module(module), owner)
    original = getattr(kind, method)

    @functools.wraps(original)
    async def last(*arguments: Any, **named: Any) -> Any:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(kind, method, last)


if __name__ == "__main__":
    deadly(*sys.argv[1:])
    app.serve(create_app, Settings, NAME)
