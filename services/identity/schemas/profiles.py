"""Bodies about profiles."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, field_validator

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.http.units import WholeSeconds
from services.identity.domain import AVATARS
from services.identity.schemas.fields import (
    ACCESS,
    PASSWORD,
    PROFILE,
    Avatar,
    EnteredPin,
    Language,
    Maturity,
    Name,
    Password,
    Pin,
)


class BoundToken(BaseModel):
    """An access token bound to a profile. The refresh token in hand stays good and keeps the binding."""

    model_config = example(access_token=ACCESS, token_type="Bearer", expires_in=900, profile_id=PROFILE)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: WholeSeconds
    profile_id: UUID


class ProfileBody(BaseModel):
    """`maturity` is the highest age rating this profile may see. The PIN is never given out, only whether there is one."""

    model_config = ConfigDict(from_attributes=True) | example(
        id=PROFILE,
        name="Iris",
        maturity=18,
        language="en",
        kids=False,
        has_pin=False,
        avatar_url="/avatars/ruby.svg",
    )

    id: UUID
    name: str
    maturity: Maturity
    language: str
    kids: bool
    has_pin: bool
    avatar_url: str


class Profiles(BaseModel):
    """The account's profiles, oldest first."""

    items: list[ProfileBody]


def _avatar(value: str | None) -> str | None:
    if value is not None and value not in AVATARS:
        raise ValueError(f"choose one of {', '.join(AVATARS)}")
    return value


class CreateProfileBody(Body):
    """Maturity left out: 18, or 7 for kids, at most one's own. `password` is the account's; it allows more than that."""

    model_config = example(name="Otto", kids=True, language="en", avatar_url="/avatars/topaz.svg")

    name: Name
    maturity: Maturity | None = None
    language: Language = "en"
    kids: bool = False
    pin: Pin | None = None
    avatar_url: Avatar | None = None
    password: Password | None = None

    _known = field_validator("avatar_url")(_avatar)


class UpdateProfileBody(Body):
    """What is left out stays. `pin` null removes the PIN, which takes `current_pin` or the password.

    `password` is the account's; it opens a profile whose PIN is lost and allows more than one's own maturity.
    """

    model_config = example(name="Otto", maturity=12, kids=False, password=PASSWORD)

    name: Name | None = None
    maturity: Maturity | None = None
    language: Language | None = None
    kids: bool | None = None
    pin: Pin | None = None
    avatar_url: Avatar | None = None
    password: Password | None = None
    current_pin: EnteredPin | None = None

    _known = field_validator("avatar_url")(_avatar)


class SelectBody(Body):
    """The profile's PIN where it has one; or the account's `password`, which opens every profile."""

    model_config = example(pin="4071")

    pin: EnteredPin | None = None
    password: Password | None = None
