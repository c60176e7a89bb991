"""Access tokens: issued by one service, verified by all. ES256 only (RFC 9068 profile, RFC 7517 keys).

The one module that touches python-jose: algorithms are always explicit, keys are always EC public keys from our own key
set, and the header's `jku`, `jwk` and `x5u` are never looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from cachetools import TLRUCache
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from jose.exceptions import JOSEError
from pydantic import ValidationError

from libs.chassis import telemetry
from libs.chassis.problems import Unauthenticated, Unavailable
from libs.contracts.token import AUDIENCE, ISSUER, TYPE, Claims, Principal, claims_of

log = telemetry.logger(__name__)

HEADER = frozenset({"alg", "kid", "typ"})
MAX_LENGTH = 8192
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # RFC 7515, 7.1: three parts, no padding
CACHE_SECONDS = 60.0
CACHE_SIZE = 20_000
FETCH_SECONDS = 3.0
FETCH_INTERVAL = 60.0  # a key must be published for longer than this before it signs (see `Signer`)
LEEWAY = 5


class InvalidToken(Unauthenticated):
    """Your sign-in is no longer valid. Please sign in again."""

    code = "invalid_token"


class KeysUnavailable(Unavailable):
    """Sign-ins cannot be checked right now. Please try again in a moment."""

    code = "keys_unavailable"


def new_private_key() -> str:
    """Return a new P-256 private key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Signer:
    """Issues access tokens with one private key; further keys may be published for verification while keys rotate.

    A verifier asks for keys at most once in `FETCH_INTERVAL`, so a new key must be published for longer than that before it
    signs: before `settled_at` (Unix seconds) the first key is published only, and the one after it, which verifiers know
    from before, signs.
    """

    def __init__(self, private_pem: str, *also_published: str, settled_at: float = 0) -> None:
        self._set((private_pem, *also_published), settled_at)

    def _set(self, pems: tuple[str, ...], settled_at: float) -> None:
        published = [self._public(pem) for pem in pems]
        self._published = published
        self._keys = [(str(public["kid"]), pem) for public, pem in zip(published, pems, strict=True)]
        self._settled_at = settled_at
        self.kid = self._keys[0][0]

    def replace(self, *pems: str, settled_at: float) -> None:
        """Have other keys from now on: a first one that is new signs from `settled_at` on. Raises ValueError; nothing changes."""
        if not pems:
            raise ValueError("there is no key in it")
        known = self.kid
        before, until = self._keys, self._settled_at
        self._set(pems, settled_at)
        if self.kid == known:
            self._settled_at = until if len(before) > 1 else 0

    @staticmethod
    def _public(pem: str) -> dict[str, Any]:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        document = {
            k: v.decode() if isinstance(v, bytes) else v for k, v in jwk.construct(public, "ES256").to_dict().items()
        }
        # RFC 7638 thumbprint, so that the same key has the same id everywhere.
        canonical = json.dumps(
            {k: document[k] for k in ("crv", "kty", "x", "y")}, separators=(",", ":"), sort_keys=True
        )
        kid = hashlib.sha256(canonical.encode()).hexdigest()[:32]
        return {**document, "kid": kid, "use": "sig", "alg": "ES256"}

    def jwks(self) -> dict[str, Any]:
        """Return the public key set."""
        return {"keys": self._published}

    def issue(self, who: Principal, *, ttl: int, now: float | None = None) -> str:
        """Return a signed access token for `who`, good for `ttl` seconds."""
        issued = int(now if now is not None else time.time())
        kid, pem = self._keys[1 if issued < self._settled_at and len(self._keys) > 1 else 0]
        said = claims_of(who, issued=issued, ttl=ttl)
        return str(jwt.encode(said, pem, algorithm="ES256", headers={"kid": kid, "typ": TYPE}))


def _soonest(_key: bytes, who: Principal, now: float) -> float:
    return min(now + CACHE_SECONDS, who.expires)


class Verifier:
    """Checks access tokens against a key set, which it fetches at most once a minute and keeps while it cannot.

    With `cache_file` the key set also survives a restart while its source is away.
    """

    def __init__(
        self, jwks_url: str | None = None, *, keys: Mapping[str, Any] | None = None, cache_file: str | None = None
    ):
        self._url = jwks_url
        self._file = Path(cache_file) if cache_file else None
        self._keys: dict[str, dict[str, Any]] = {}
        self._fetched = float("-inf")
        self._lock = asyncio.Lock()
        self._seen: TLRUCache[bytes, Principal] = TLRUCache(CACHE_SIZE, ttu=_soonest, timer=time.time)
        if keys is not None:
            self.accept(keys)
        elif self._file:
            self._read(self._file)

    def accept(self, document: object) -> bool:
        """Take over the keys of a key set; False, and nothing changes, when there is none in it."""
        listed = document.get("keys") if isinstance(document, Mapping) else None
        found = {key["kid"]: dict(key) for key in (listed if isinstance(listed, list) else []) if _usable(key)}
        if not found:
            return False
        if found != self._keys:
            self._keys = found
            self._seen.clear()
        return True

    def _read(self, file: Path) -> None:
        """Take over what was kept. A file that is torn or unreadable is as good as none: the keys are fetched."""
        try:
            good = self.accept(json.loads(file.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            log.warning("kept_keys_ignored", file=str(file), reason=f"{type(error).__name__}: {error}")
            return
        if not good:
            log.warning("kept_keys_ignored", file=str(file), reason="there is no key in it")

    async def refresh(self) -> None:
        """Fetch the key set, unless that was tried within the last minute."""
        async with self._lock:
            now = time.monotonic()
            # Without any key yet every second counts; with keys an unknown `kid` must not become a way to flood.
            if self._url is None or now - self._fetched < (FETCH_INTERVAL if self._keys else 1.0):
                return
            self._fetched = now
            try:
                # httpx bounds each read, so a source that trickles needs a bound on all of them: others wait for this one.
                async with asyncio.timeout(FETCH_SECONDS), httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
                    answer = await client.get(self._url)
                    answer.raise_for_status()
                    document = answer.json()
            except (httpx.HTTPError, TimeoutError, ValueError, RecursionError):
                self._fetched = time.monotonic()  # for those who waited meanwhile: it was just tried
                return
            if self.accept(document) and self._file:
                try:
                    await asyncio.to_thread(_write_aside, self._file, json.dumps({"keys": list(self._keys.values())}))
                except OSError as error:
                    log.warning("keys_not_kept", file=str(self._file), reason=f"{type(error).__name__}: {error}")

    async def verify(self, token: str) -> Principal:
        """Return who the token speaks for, or raise `InvalidToken`."""
        known = self.known(token)
        if known is None:
            if len(token) > MAX_LENGTH or not COMPACT.fullmatch(token):
                raise InvalidToken
            known = self._seen[_digest(token)] = await self._verify(token)
        return known

    def known(self, token: str) -> Principal | None:
        """Return who the token speaks for if it was found good a moment ago, which costs no check of a signature."""
        return self._seen.get(_digest(token))

    async def _verify(self, token: str) -> Principal:
        try:
            header = jwt.get_unverified_header(token)
        except (JOSEError, ValueError, TypeError, RecursionError):
            raise InvalidToken from None
        # Exactly the header that we write: whoever adds `crit`, `b64` or a key of their own wants another meaning.
        if header.keys() != HEADER or header["alg"] != "ES256" or header["typ"] != TYPE:
            raise InvalidToken
        kid = header["kid"]
        if not isinstance(kid, str):
            raise InvalidToken
        key = self._keys.get(kid)
        if key is None:
            await self.refresh()
            key = self._keys.get(kid)
        if key is None:
            raise InvalidToken if self._keys else KeysUnavailable
        try:
            said = jwt.decode(
                token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER,
                options={"require_exp": True, "require_iat": True, "require_sub": True, "require_aud": True,
                         "require_iss": True, "leeway": LEEWAY},
            )  # fmt: skip
            return Claims.model_validate(said).principal()
        except (JOSEError, ValidationError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            raise InvalidToken from None


def claimed_session(token: str) -> UUID | None:
    """Return the sign-in that a token says it is of. Anybody can write one: it proves nothing."""
    if len(token) > MAX_LENGTH:
        return None
    try:
        return UUID(jwt.get_unverified_claims(token)["sid"])
    except (JOSEError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _usable(key: object) -> bool:
    """Tell whether this is a public key of ours: on P-256, with an id, and a point of the curve."""
    if not isinstance(key, Mapping) or key.get("kty") != "EC" or key.get("crv") != "P-256":
        return False
    if not isinstance(key.get("kid"), str):
        return False
    try:
        jwk.construct(dict(key), "ES256")
    except (JOSEError, KeyError, ValueError, TypeError, AttributeError):
        return False
    return True


def _write_aside(file: Path, content: str) -> None:
    """Write a file whole or not at all, also when several processes write it at once."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w") as aside:
            aside.write(content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
