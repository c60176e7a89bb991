"""Pure rules of identity: e-mail addresses, what a password must not be, refresh tokens, devices, profiles."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from uuid import UUID

import email_validator
import user_agents

from libs.chassis.problems import Invalid
from libs.contracts.token import UNLIMITED

MATURITIES = (0, 7, 12, 16, 18)
KIDS_MATURITY = 7
AVATARS = tuple(f"/avatars/{name}.svg" for name in ("ruby", "topaz", "emerald", "sapphire", "amethyst", "pearl"))
ROLES = frozenset({"super_admin", "content_manager", "user_manager", "support", "moderator"})
PASSWORD_MIN, PASSWORD_MAX = 8, 256
# A local installation has no registered domain; nothing is delivered to these names.
LOCAL_DOMAINS = frozenset({"local", "localhost", "test"})
RevokeReason = Literal["logout", "reuse_detected", "password_changed", "device_removed", "suspended", "signed_out"]


@dataclass(frozen=True, slots=True)
class Reach:
    """The most somebody gets at without further proof: titles up to `maturity`; with `kids` kids profiles alone."""

    maturity: int
    kids: bool

    def covers(self, maturity: int, kids: bool) -> bool:
        """Tell whether a profile of this kind lies within."""
        return maturity <= self.maturity and (kids or not self.kids)

    def least(self, maturity: int, kids: bool) -> Reach:
        """Return what lies within both this and a profile of that kind."""
        return Reach(min(self.maturity, maturity), self.kids or kids)


# What the account's password opens.
FULL_REACH = Reach(UNLIMITED, kids=False)


class InvalidEmail(Invalid):
    """This does not look like an e-mail address. Please check it for typing mistakes."""

    code = "invalid_email"


class WeakPassword(Invalid):
    """This password is too easy to guess. Use at least 8 characters; three or four unrelated words work well."""

    code = "weak_password"


class BreachedPassword(Invalid):
    """This password is known from a breach somewhere, so it is guessed first. Use another one, here and wherever you have it."""

    code = "breached_password"


@dataclass(frozen=True, slots=True)
class Email:
    """An address as written and the key under which it is unique."""

    address: str
    key: str


def parse_email(written: str) -> Email:
    """Return the address; its key folds case and compatibility forms and spells the domain in ASCII (RFC 5891)."""
    text = unicodedata.normalize("NFKC", written.strip())
    local, at, domain = text.rpartition("@")
    stand_in = domain
    if at and domain.rpartition(".")[2].lower() in LOCAL_DOMAINS:
        stand_in = (
            f"{domain}.bijou.org"  # the validator refuses these names, though their syntax is checked like any other's
        )
    try:
        found = email_validator.validate_email(f"{local}{at}{stand_in}", check_deliverability=False)
    except email_validator.EmailNotValidError:
        raise InvalidEmail from None
    ascii_domain = found.ascii_domain if stand_in == domain else found.ascii_domain.removesuffix(".bijou.org")
    return Email(f"{found.local_part}@{domain}", f"{found.local_part.casefold()}@{ascii_domain.lower()}")


@cache
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text().split()
    return frozenset(lines)


# What people write for letters, and what they put behind a word so that it passes.
_LEET = str.maketrans("013457@$!", "oieastasi")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjkl",
    "azertyuiop",
)


_DECORATION = "0123456789!?.@$#*"


def _bare(text: str) -> set[str]:
    """Return the words left of a password or name once case, decoration and spelling tricks are taken off.

    A figure at the end may be either, a letter or decoration, so each of the last few is taken for both.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    found = set()
    for start in {folded, folded.lstrip(_DECORATION)}:
        shortest = len(start.rstrip(_DECORATION))
        for end in {shortest, *range(max(shortest, len(start) - 8), len(start) + 1)}:
            for spelled in (start[:end], start[:end].translate(_LEET)):
                plain = re.sub(r"[\W_]+", "", spelled)
                found |= {plain, plain.strip("0123456789")}
    return found - {""}


def check_password(password: str, *personal: str) -> None:
    """Raise `WeakPassword` with what to do. `personal` is what others know of the person: e-mail, name.

    Length and a list of what is guessed first, no rules of composition (NIST SP 800-63B, 3.1.1.2).
    """
    if len(password) < PASSWORD_MIN:
        raise WeakPassword(
            "This password is too short. Use at least 8 characters; three or four unrelated words work well."
        )
    folded = password.casefold()
    if len(set(folded)) <= 2 or any(folded in run * 2 or folded in run[::-1] * 2 for run in _RUNS):
        raise WeakPassword("This password is a simple pattern. Use three or four unrelated words instead.")
    bare = _bare(password)
    if folded in _common() or bare & _common():
        raise WeakPassword(
            "This password is one of those that are guessed first. Use something only you would think of, "
            "such as three or four unrelated words."
        )
    known = {"bijou"}
    for text in personal:
        local, _, domain = text.partition("@")
        pieces = [text, local, *re.split(r"[\W_]+", local), *domain.split(".")[:1]]
        known.update(word for piece in pieces for word in _bare(piece) if len(word) >= 3)
    if bare & known:
        raise WeakPassword("This password is your name or e-mail address. Use something others do not know of you.")


def canonical_password(password: str) -> str:
    """Return the password in one Unicode form, so that every keyboard gives the same one (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def new_refresh_token() -> str:
    """Return a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes:
    """Return what is stored of a refresh token. The token is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def successor_of(token: str, salt: bytes) -> str:
    """Return the one token that follows `token`. It takes the stored salt and the token itself, which is not stored."""
    return base64.urlsafe_b64encode(hmac.new(salt, token.encode(), hashlib.sha256).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class DeviceHint:
    """What a request says of the device it comes from."""

    id: UUID | None
    name: str
    type: str
    secret: str | None = None
    # What its browser calls itself: a name that it was given is a stranger's text.
    agent: str = "Unknown device"


def device_from_user_agent(header: str) -> DeviceHint:
    """Return a name such as "Chrome on Windows" and one of the types web, mobile, tablet, tv, other."""
    agent = user_agents.parse(header[:512])
    browser, system = agent.browser.family, agent.os.family
    if not header or (browser == "Other" and system == "Other"):
        return DeviceHint(None, "Unknown device", "other", agent="Unknown device")
    # Smart TVs name themselves in words the parser's browser families do not cover.
    if re.search(r"smart-?tv|hbbtv|appletv|googletv|bravia|webos|tizen(?!.*mobile)", header, re.IGNORECASE):
        kind = "tv"
    elif agent.is_tablet:
        kind = "tablet"
    elif agent.is_mobile:
        kind = "mobile"
    else:
        kind = "web" if agent.is_pc else "other"
    name = f"{browser} on {system}" if system != "Other" else browser
    return DeviceHint(None, name, kind, agent=name)
