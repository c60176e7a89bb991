"""The ciphers of accounts and profiles: kept for a while, made for who is new, and none for who was erased."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from datetime import datetime

from pipelines.analytics.ciphers import Cipher, new_key
from pipelines.analytics.repository import Repository

Whose = tuple[str | None, str | None]  # the account and the profile of an event
MOST = 200_000
UNKNOWN = object()
LOOK_SECONDS = 5.0


def subject(identifier: str) -> bytes:
    """Return what the table of keys knows somebody by."""
    return hashlib.sha256(identifier.encode()).digest()


class Known:
    """Tells of sealed ids whether they are anybody's still. Of few: each is held against every key there is."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._ciphers: list[Cipher] | None = None
        self._answers: dict[str, bool] = {}

    def is_somebody(self, sealed: str | None) -> bool:
        if sealed is None:
            return False
        if sealed not in self._answers:
            if self._ciphers is None:
                self._ciphers = [Cipher(key) for key in self._repository.every_key()]
            self._answers[sealed] = any(each.opens(sealed) for each in self._ciphers)
        return self._answers[sealed]


class Keyring:
    """`of` answers for whom `prepare` has asked before."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._ciphers: dict[str, Cipher | None] = {}
        self._pairs: set[Whose] = set()
        # When it was last looked at who was erased: by our clock, and by that of the table.
        self._looked = 0.0
        self._looked_at: datetime | None = None

    def prepare(self, people: Iterable[Whose]) -> None:
        """Look up, or make, the keys of everybody in these pairs who is not known yet."""
        if len(self._ciphers) > MOST:
            self.forget()
        self._forget_who_was_erased_elsewhere()
        wanted: dict[str, tuple[bytes | None, bytes]] = {}
        for account, profile in set(people) - self._pairs:
            self._pairs.add((account, profile))
            if account is not None and account not in self._ciphers:
                wanted[account] = None, new_key()
            if profile is not None:
                wanted[profile] = (subject(account) if account is not None else None), new_key()
        if not wanted:
            return
        found = self._repository.keys({subject(name): value for name, value in wanted.items()})
        for name in wanted:
            key = found[subject(name)]
            self._ciphers[name] = Cipher(key) if key else None

    def _forget_who_was_erased_elsewhere(self) -> None:
        """By another sink, or by hand: a key that is gone is to seal nothing more here either."""
        if self._looked_at is not None and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        now = self._repository.now()
        if self._looked_at is not None and (gone := self._repository.erased_since(self._looked_at)):
            self._ciphers.update((name, None) for name in self._ciphers if subject(name) in gone)
        self._looked, self._looked_at = time.monotonic(), now

    def of(self, name: str | None) -> Cipher | None:
        """Return the cipher of an account or a profile; None where there is nobody, and once they are erased."""
        return self._ciphers[name] if name is not None else None

    def erase(self, people: Iterable[str]) -> None:
        """Destroy the keys of accounts, with their profiles', and of profiles: here and in the table.

        An account tells for weeks who of it is gone, each time it changes: what was done is not done again.
        """
        wanted = {name for name in people if self._ciphers.get(name, UNKNOWN) is not None}
        if wanted:
            gone = self._repository.erase([subject(name) for name in wanted])
            # Of an account's profiles only the table knows all.
            wanted.update(name for name in self._ciphers if subject(name) in gone)
            self._ciphers.update(dict.fromkeys(wanted))

    def forget(self) -> None:
        self._ciphers.clear()
        self._pairs.clear()
