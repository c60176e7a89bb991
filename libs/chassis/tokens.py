"""Access tokens: issued by one service, verified by all. ES256 only (RFC 9068 profile, RFC 7517 keys).

The one module that touches python-jose: algorithms are always explicit, keys are always EC public keys from our own key
set, and the header's `jku`, `jwk` and `x5u` are never looked at.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from jose.exceptions import JOSEError

from libs.chassis.problems import Unauthenticated, Unavailable

ISSUER = "bijou"
AUDIENCE = "bijou"
TYPE = "at+jwt"
MAX_LENGTH = 8192
COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")  # RFC 7515, 7.1: three parts, no padding
CACHE_SECONDS = 60.0
CACHE_SIZE = 20_000
FETCH_INTERVAL = 60.0
LEEWAY = 5


class InvalidToken(Unauthenticated):
    """Your sign-in is no longer valid. Please sign in again."""

    code = "invalid_token"


class KeysUnavailable(Unavailable):
    """Sign-ins cannot be checked right now. Please try again in a moment."""

    code = "keys_unavailable"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. `maturity` is the highest age rating the profile may see; `expires` is in Unix seconds."""

    account_id: UUID
    session_id: UUID
    device_id: UUID | None = None
    profile_id: UUID | None = None
    maturity: int = 18
    kids: bool = False
    roles: frozenset[str] = frozenset()
    country: str = "US"
    expires: int = 0

    @property
    def profile(self) -> UUID:
        """The profile; only for routes whose policy has made sure that there is one."""
        if self.profile_id is None:
            raise InvalidToken
        return self.profile_id


def new_private_key() -> str:
    """Return a new P-256 private key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Signer:
    """Issues access tokens with one private key; further keys may be published for verification while keys rotate."""

    def __init__(self, private_pem: str, *also_published: str) -> None:
        self._pem = private_pem
        self._published = [self._public(pem) for pem in (private_pem, *also_published)]
        self.kid = str(self._published[0]["kid"])

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
        claims: dict[str, Any] = {
            "iss": ISSUER, "aud": AUDIENCE, "iat": issued, "exp": issued + ttl,
            "sub": str(who.account_id), "sid": str(who.session_id), "mat": who.maturity, "kids": who.kids,
            "roles": sorted(who.roles), "country": who.country,
        }  # fmt: skip
        if who.device_id:
            claims["did"] = str(who.device_id)
        if who.profile_id:
            claims["pid"] = str(who.profile_id)
        return str(jwt.encode(claims, self._pem, algorithm="ES256", headers={"kid": self.kid, "typ": TYPE}))


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
        self._seen: dict[bytes, tuple[float, Principal]] = {}
        if keys is not None:
            self._accept(keys)
        elif self._file and self._file.is_file():
            self._accept(json.loads(self._file.read_text()))

    def _accept(self, document: Mapping[str, Any]) -> None:
        found = {
            str(key["kid"]): dict(key)
            for key in document.get("keys", [])
            if key.get("kty") == "EC" and key.get("crv") == "P-256" and key.get("kid")
        }
        if found:
            self._keys = found
            self._seen.clear()

    async def refresh(self) -> None:
        """Fetch the key set, unless that was tried within the last minute."""
        async with self._lock:
            now = time.monotonic()
            # Without any key yet every second counts; with keys an unknown `kid` must not become a way to flood.
            if self._url is None or now - self._fetched < (FETCH_INTERVAL if self._keys else 1.0):
                return
            self._fetched = now
            try:
                async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
                    answer = await client.get(self._url)
                    answer.raise_for_status()
                    document = answer.json()
            except (httpx.HTTPError, ValueError):
                return
            self._accept(document)
            if self._file and self._keys:
                await asyncio.to_thread(self._file.write_text, json.dumps(document))

    async def verify(self, token: str) -> Principal:
        """Return who the token speaks for, or raise `InvalidToken`."""
        if len(token) > MAX_LENGTH or not COMPACT.fullmatch(token):
            raise InvalidToken
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        now = time.time()
        known = self._seen.get(digest)
        if known is not None and known[0] > now:
            return known[1]
        who = await self._verify(token)
        if len(self._seen) >= CACHE_SIZE:
            self._seen.clear()
        self._seen[digest] = (min(now + CACHE_SECONDS, who.expires), who)
        return who

    async def _verify(self, token: str) -> Principal:
        try:
            header = jwt.get_unverified_header(token)
        except (JOSEError, ValueError, TypeError, RecursionError):
            raise InvalidToken from None
        kid = header.get("kid")
        if header.get("alg") != "ES256" or header.get("typ") != TYPE or not isinstance(kid, str):
            raise InvalidToken
        key = self._keys.get(kid)
        if key is None:
            await self.refresh()
            key = self._keys.get(kid)
        if key is None:
            raise InvalidToken if self._keys else KeysUnavailable
        try:
            claims = jwt.decode(
                token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER,
                options={"require_exp": True, "require_iat": True, "require_sub": True, "require_aud": True,
                         "require_iss": True, "leeway": LEEWAY},
            )  # fmt: skip
            return Principal(
                account_id=UUID(claims["sub"]),
                session_id=UUID(claims["sid"]),
                device_id=UUID(claims["did"]) if claims.get("did") else None,
                profile_id=UUID(claims["pid"]) if claims.get("pid") else None,
                maturity=int(claims["mat"]),
                kids=bool(claims["kids"]),
                roles=frozenset(str(role) for role in claims["roles"]),
                country=str(claims["country"]),
                expires=int(claims["exp"]),
            )
        except (JOSEError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            raise InvalidToken from None
