"""Bodies of registering, signing in and keeping signed in."""

from __future__ import annotations

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.chassis.http.units import WholeSeconds
from services.identity.schemas.account import AccountBody
from services.identity.schemas.fields import (
    ACCESS,
    DEVICE,
    EMAIL,
    PASSWORD,
    PROFILE,
    REFRESH,
    Code,
    Country,
    DeviceType,
    EmailText,
    Language,
    Name,
    Password,
    Token,
)


class RegisterBody(Body):
    """`country` is ISO 3166-1 alpha-2, and a hint: where the service knows countries by address, the address decides."""

    model_config = example(email=EMAIL, password=PASSWORD, name="Iris", country="IE")

    email: EmailText
    password: Password
    name: Name
    country: Country | None = None
    language: Annotated[Language, Field(description="Of the first profile, and of mails to the account.")] = "en"


# What clients call their devices, in our words.
_DEVICE_WORDS = {"phone": "mobile", "browser": "web", "desktop": "web", "laptop": "web", "computer": "web"}


class LoginDevice(Body):
    """The device that signs in; with the `id` it got the last time it stays the same device.

    With the `secret` it got too it has tries of its own, when others guess at the account's password.

    `type` is one of `DeviceType`; a word that is none of them counts as `other`: nobody is kept out by a label.
    """

    model_config = example(id=DEVICE, secret="d1.Xo3cV7dLw0yT5sKf", name="Living room", type="tv")

    id: UUID | None = None
    secret: Token | None = None
    name: Name | None = None
    type: Annotated[str, text.line(40)] | None = None

    @field_validator("type")
    @classmethod
    def in_our_words(cls, value: str | None) -> str | None:
        """Fold what the client said into a `DeviceType`."""
        if value is None:
            return None
        word = _DEVICE_WORDS.get(value.strip().lower(), value.strip().lower())
        return word if word in get_args(DeviceType) else "other"


class LoginBody(Body):
    """Who signs in, and on which device. `reopen`: an account that was closed (403 `account_closing`) is opened again.

    `code`: of the authenticator app, or a recovery code, where the account asks for one; with `trust` this device is not asked
    for thirty days. `unlock`: the token of a link that was mailed because others guess at the password.
    """

    model_config = example(email=EMAIL, password=PASSWORD)

    email: EmailText
    password: Password
    device: LoginDevice | None = None
    code: Code | None = None
    trust: bool = False
    unlock: Token | None = None
    reopen: bool = False


class RefreshBody(Body):
    """The refresh token of the sign-in, good for one exchange."""

    model_config = example(refresh_token=REFRESH)

    refresh_token: Token


class Tokens(BaseModel):
    """`expires_in` seconds. Without `profile_id` the token is not bound to a profile yet: select one."""

    model_config = example(
        access_token=ACCESS, refresh_token=REFRESH, expires_in=900, profile_id=PROFILE, device_id=DEVICE
    )

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: WholeSeconds
    profile_id: UUID | None
    device_id: UUID | None


class SignedIn(Tokens):
    """`device_secret`: to be kept beside `device_id`, also after signing out, and given with the next sign-in."""

    model_config = example(
        access_token=ACCESS,
        refresh_token=REFRESH,
        token_type="Bearer",
        expires_in=900,
        profile_id=PROFILE,
        device_id=DEVICE,
        device_secret="d1.Xo3cV7dLw0yT5sKf",
    )

    device_secret: str
    account: AccountBody
