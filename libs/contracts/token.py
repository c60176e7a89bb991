"""The access token: what it says of whoever asks, under which names and within which limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, model_validator

ISSUER = "bijou"
AUDIENCE = "bijou"
TYPE = "at+jwt"
# No access token is good for longer, so that a revocation need not be remembered for longer either.
LONGEST = timedelta(hours=1)
UNLIMITED = 18  # the maturity rating of a profile without an age limit
SUPER_ADMIN = "super_admin"  # whoever has this role may do what every other role may


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. `maturity` is the highest age rating the profile may see; without a profile what the sign-in reaches.

    `language` is the profile's (BCP 47), empty where there is none.
    `consents`: what the profile has agreed to (analytics, personalisation); None of a token that does not say.
    `kids`: the profile is a child's, which is shown what is made for children only. `issued` and `expires` are in Unix
    seconds; `version` counts the account's changes up to when the token was issued, `lowered` the profiles that may watch
    less which its sign-in chose.
    """

    account_id: UUID
    session_id: UUID
    device_id: UUID | None = None
    profile_id: UUID | None = None
    maturity: int = UNLIMITED
    kids: bool = False
    roles: frozenset[str] = frozenset()
    country: str = "US"
    language: str = ""
    issued: int = 0
    expires: int = 0
    version: int = 0
    lowered: int = 0
    consents: frozenset[str] | None = None

    @property
    def profile(self) -> UUID:
        """The profile; only for routes whose policy has made sure that there is one."""
        if self.profile_id is None:
            raise LookupError("this token has no profile: let the route declare auth.Profile")
        return self.profile_id

    @property
    def is_holder(self) -> bool:
        """Whether the profile, or the sign-in where the token has none, is without an age limit."""
        return not self.kids and self.maturity >= UNLIMITED


def claims_of(who: Principal, *, issued: int, ttl: int) -> dict[str, Any]:
    """Return what a token for `who` says that is good for `ttl` seconds from `issued` (Unix seconds) on."""
    if ttl > LONGEST.total_seconds():
        raise ValueError(f"an access token is good for {LONGEST} at most")
    said: dict[str, Any] = {
        "iss": ISSUER, "aud": AUDIENCE, "iat": issued, "exp": issued + ttl,
        "sub": str(who.account_id), "sid": str(who.session_id), "mat": who.maturity, "kids": who.kids,
        "roles": sorted(who.roles), "country": who.country, "ver": who.version,
        "low": who.lowered,
    }  # fmt: skip
    if who.device_id:
        said["did"] = str(who.device_id)
    if who.language:
        said["lang"] = who.language
    if who.consents is not None:
        said["cons"] = sorted(who.consents)
    if who.profile_id:
        said["pid"] = str(who.profile_id)
    return said


Seconds = Annotated[StrictInt, Field(ge=0, le=253_402_300_799)]  # to the end of the year 9999
Id = Annotated[UUID, Field(strict=False)]


class Claims(BaseModel):
    """The claims as we write them, each of its exact type: 1.0, true and "1" are no numbers here.

    Whose token they are (`iss`, `aud`) and whether it is over is told with the signature. `ver`, `low`, `lang` and `cons` came
    later: a token without them is one from before.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    sub: Id
    sid: Id
    did: Id | None = None
    pid: Id | None = None
    mat: Annotated[StrictInt, Field(ge=0, le=UNLIMITED)]
    kids: StrictBool
    roles: list[Annotated[StrictStr, Field(min_length=1, max_length=64)]] = Field(max_length=32)
    country: Annotated[StrictStr, Field(min_length=2, max_length=2)]
    iat: Seconds
    exp: Seconds
    ver: Annotated[StrictInt, Field(ge=0)] = 0
    low: Annotated[StrictInt, Field(ge=0)] = 0
    lang: Annotated[StrictStr, Field(max_length=35)] = ""
    cons: Annotated[list[Annotated[StrictStr, Field(max_length=32)]], Field(max_length=10)] | None = None

    @model_validator(mode="after")
    def _short_lived(self) -> Self:
        if self.exp - self.iat > LONGEST.total_seconds():
            raise ValueError(f"an access token is good for {LONGEST} at most")
        return self

    def principal(self) -> Principal:
        """Return whom they speak for."""
        return Principal(
            account_id=self.sub,
            session_id=self.sid,
            device_id=self.did,
            profile_id=self.pid,
            maturity=self.mat,
            kids=self.kids,
            roles=frozenset(self.roles),
            country=self.country,
            language=self.lang,
            issued=self.iat,
            expires=self.exp,
            version=self.ver,
            lowered=self.low,
            consents=None if self.cons is None else frozenset(self.cons),
        )
