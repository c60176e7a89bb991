"""Passwords that are in others' hands: those of known breaches are guessed first, wherever they were used."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from functools import cache
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

LINE = re.compile(rb"[0-9A-F]{40}(:\d+)?\s*")
# Longer than any line of such a file.
CHUNK = 128


@cache
def _most_used() -> frozenset[str]:
    """The 30,000 passwords met most often in breaches, as the package zxcvbn has them, in small letters."""
    return frozenset(FREQUENCY_LISTS["passwords"])


class NotSuchAFile(ValueError):
    """A file that should hold the SHA-1 of breached passwords does not."""


class Breached:
    """Tells whether a password is known from breaches: those used most, and where there is one those of a file.

    The file is what the downloader of Have I Been Pwned writes: a line `<SHA-1 in capitals>:<count>` for each password, in the
    order of the hashes. It may be larger than memory: a look reads a few dozen pieces of it. Nothing is asked over a network.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Raises NotSuchAFile for a file that begins with something else."""
        self._file = file
        if file is not None:
            with file.open("rb") as opened:
                first, second = opened.readline(CHUNK), opened.readline(CHUNK)
            if not LINE.fullmatch(first) or (second and (not LINE.fullmatch(second) or second[:40] <= first[:40])):
                raise NotSuchAFile(f"{file} has no lines <SHA-1>:<count> in the order of the hashes")

    async def knows(self, password: str) -> bool:
        """Tell whether others have this password."""
        if {password, password.casefold()} & _most_used():
            return True
        if self._file is None:
            return False
        # Git's and this list's fingerprint, not a protection of anything.
        digest = hashlib.sha1(password.encode(errors="replace"), usedforsecurity=False).hexdigest().upper().encode()
        return await asyncio.to_thread(_found, self._file, digest)


def _found(file: Path, digest: bytes) -> bool:
    """Search a file of lines in order by halves."""
    with file.open("rb") as opened:
        low, high = 0, opened.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            opened.seek(max(middle - 1, 0))
            if middle:
                opened.readline(CHUNK)  # to the beginning of a line
            begins = opened.tell()
            line = opened.readline(CHUNK)
            if not line or begins >= high:
                high = middle
            elif (found := line[:40]) == digest:
                return True
            elif found < digest:
                low = begins + len(line)
            else:
                high = middle
    return False
