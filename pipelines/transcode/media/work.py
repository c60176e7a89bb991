"""The job's directory: work that survives a crash, written aside and renamed when whole, and work done in parallel."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path

Progress = Callable[[float], None]


def commit(part: Path, final: Path) -> None:
    """Give a finished file or directory its final name, after its bytes have reached the disk."""
    for path in sorted(part.rglob("*")) if part.is_dir() else [part]:
        if path.is_file():
            sync(path)
    part.rename(final)
    sync(final.parent)


def sync(path: Path) -> None:
    """Flush a file or a directory to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, text: str) -> None:
    """Write a small file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    commit(part, path)


def private(folder: Path) -> Path:
    """Make a directory that nobody else may look into."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def empty(folder: Path) -> Path:
    """Make a directory anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


async def together(work: Iterable[Coroutine[None, None, None]], at_once: int) -> None:
    """Run coroutines, `at_once` at a time in their order; the first failure stops the others and is raised as it is."""
    slots = asyncio.Semaphore(at_once)

    async def one(task: Coroutine[None, None, None]) -> None:
        try:
            async with slots:
                await task
        finally:
            task.close()

    try:
        async with asyncio.TaskGroup() as group:
            for task in work:
                group.create_task(one(task))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
