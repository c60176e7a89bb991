"""Guesses at passwords and PINs: few from one place, more against one account but ever slower, and nobody locked out for ever.

A guess is counted before it is looked at, so that many at once are counted too, and taken back when it was right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.chassis.http.networks import networks
from libs.chassis.http.rate_limits import Limiter
from services.identity.settings import Settings

HOUR = 3600
UNLIMITED = 1_000_000_000
# Against one account, from anywhere that is not known: beyond the settings' number an hour, one guess in so many seconds at most.
LONGEST_LOGIN_DELAY = 60
LONGEST_PIN_DELAY = 600
# To one address in an hour, from all accounts that say it shall be theirs.
MAILS_TO_STRANGERS = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """One that was counted, under these names and keys."""

    limiter: Limiter
    counted: Sequence[tuple[str, str]]

    async def was_right(self) -> None:
        """Take it back: whoever knows the secret does not use up anybody's tries."""
        for name, key in self.counted:
            await self.limiter.forgive(name, key)


class Guesses:
    """Counts guesses; each method raises `TooMany` with the seconds to wait."""

    def __init__(self, limiter: Limiter, settings: Settings, pressed: Callable[[str], Awaitable[None]]) -> None:
        """`pressed` is called with the key of an address when guesses at its account begin to be slowed down."""
        self._limiter = limiter
        self._settings = settings
        self._pressed = pressed

    async def at_login(self, email_key: str, address: str, device_id: UUID | None) -> Guess:
        """`device_id`: one that proved itself. It has tries of its own, which strangers cannot use up."""
        settings = self._settings
        if device_id is not None:
            return await self._count([("login_device", str(device_id), settings.logins_per_account)])
        around = list(networks(address))
        here = [("login_address", network, settings.logins_per_address * share) for network, share in around]
        here += [("login_here", f"{email_key} {around[0][0]}", settings.logins_per_account)]
        guess = await self._count(here)
        return await self._slower(
            guess, "login", email_key, settings.logins_before_delay, LONGEST_LOGIN_DELAY, self._pressed
        )

    async def by_link(self, digest: bytes) -> Guess:
        """At a password by who was mailed a link to do it with: its tries are its own."""
        return await self._count([("login_link", digest.hex(), self._settings.logins_per_account)])

    async def at_code(self, account_id: UUID, address: str) -> Guess:
        """At a second factor by somebody who knows the password: few from one place, ever slower from everywhere."""
        place = next(iter(networks(address)))[0] if address else ""
        guess = await self._count([("code_here", f"{account_id} {place}", self._settings.pins_per_profile)])
        return await self._slower(guess, "code", str(account_id), self._settings.pins_before_delay, LONGEST_PIN_DELAY)

    async def at_pin(self, profile_id: UUID, session_id: UUID, *, known: bool) -> Guess:
        """`known`: this sign-in is at the profile already, so its tries are its own."""
        settings = self._settings
        await self.bound(session_id)
        guess = await self._count([("pin_here", f"{profile_id} {session_id}", settings.pins_per_profile)])
        if known:
            return guess
        return await self._slower(guess, "pin", str(profile_id), settings.pins_before_delay, LONGEST_PIN_DELAY)

    async def at_password(self, session_id: UUID) -> Guess:
        """The account's password, asked for while signed in: each sign-in has its own tries."""
        await self.bound(session_id)
        return await self._count([("password_here", str(session_id), self._settings.logins_per_account)])

    async def mail_to(self, email_key: str) -> None:
        """Count a mail that somebody has sent to an address they have not proved: many accounts together send it no more."""
        await self._limiter.hit("identity.mail_to", _hidden(email_key), MAILS_TO_STRANGERS, HOUR)

    async def bound(self, session_id: UUID) -> None:
        """Count a secret that a sign-in has checked or hashed, right or wrong: enough of them would leave others no core."""
        settings = self._settings
        key = _hidden(str(session_id))
        await self._limiter.hit("identity.secrets", key, settings.secrets_per_sign_in, settings.throttle_window)

    async def _count(self, limits: Sequence[tuple[str, str, int]]) -> Guess:
        counted = []
        for name, subject, limit in limits:
            key = _hidden(subject)
            await self._limiter.hit(f"identity.{name}", key, limit, self._settings.throttle_window)
            counted.append((f"identity.{name}", key))
        return Guess(self._limiter, counted)

    async def _slower(
        self,
        guess: Guess,
        name: str,
        subject: str,
        after: int,
        longest: int,
        pressed: Callable[[str], Awaitable[None]] | None = None,
    ) -> Guess:
        """Count against the subject from everywhere; beyond `after` an hour let one through in a delay that grows."""
        key = _hidden(subject)
        count = await self._limiter.hit(f"identity.{name}_all", key, UNLIMITED, HOUR)
        if count == after + 1 and pressed is not None:
            await pressed(subject)
        if count > after:
            delay = min(longest, 2 ** min(10 * (count - after) // after, 30))
            await self._limiter.hit(f"identity.{name}_turn", key, 1, delay)
        return Guess(self._limiter, [*guess.counted, (f"identity.{name}_all", key)])


def _hidden(subject: str) -> str:
    """Return what is kept of a subject, which may be an e-mail address."""
    return hashlib.sha256(subject.encode(errors="replace")).hexdigest()[:32]
