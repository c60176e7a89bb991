"""HTTP bodies of identity."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from libs.chassis import text
from libs.chassis.http.examples import example
from libs.chassis.http.units import WholeSeconds
from services.identity.domain import AVATARS, COUNTRIES, PASSWORD_MAX


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("no country has this code (ISO 3166-1 alpha-2)")
    return code


Name = Annotated[str, text.name(60)]
Password = Annotated[str, text.password(PASSWORD_MAX)]
EmailText = Annotated[str, text.token(320, shortest=0)]
Token = Annotated[str, text.token(256)]
Avatar = Annotated[str, text.token(200, shortest=0)]
Pin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
EnteredPin = Annotated[str, text.token(16, shortest=0)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_country)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Maturity = Annotated[Literal[0, 7, 12, 16, 18], Field(description="Nothing for above this age.")]
DeviceType = Literal["web", "mobile", "tablet", "tv", "console", "other"]
SubscriptionStatus = Literal["trialing", "active", "past_due", "canceled", "none"]

# Who the examples are about.
EMAIL, PASSWORD = "iris@example.org", "three quiet otters"
ACCOUNT = "01993b7e-5c1d-7a42-9d3e-8f2b6c4a1e70"
PROFILE = "01993b7e-5c22-7b19-8a6f-3c5d7e9f1b24"
DEVICE = "01993b7e-5c20-7f03-b1c8-6d4e2a9c7f58"
SESSION = "01993b7e-5c1f-7d66-8e05-1a2b3c4d5e6f"
ACCESS = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjYtMTEifQ.eyJzdWIiOiIwMTk5M2I3ZSJ9.MEUCIQDx"
REFRESH = "r1.9QmJ2bXo3cV7dLw0yT5sKfHn8uE4aGzR"


class RegisterBody(BaseModel):
    """`country` is ISO 3166-1 alpha-2, and a hint: where the service knows countries by address, the address decides."""

    model_config = example(email=EMAIL, password=PASSWORD, name="Iris", country="IE")

    email: EmailText
    password: Password
    name: Name
    country: Country | None = None


# What clients call their devices, in our words.
_DEVICE_WORDS = {"phone": "mobile", "browser": "web", "desktop": "web", "laptop": "web", "computer": "web"}


class LoginDevice(BaseModel):
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


class LoginBody(BaseModel):
    """Who signs in, and on which device."""

    model_config = example(email=EMAIL, password=PASSWORD)

    email: EmailText
    password: Password
    device: LoginDevice | None = None


class RefreshBody(BaseModel):
    """The refresh token of the sign-in, good for one exchange."""

    model_config = example(refresh_token=REFRESH)

    refresh_token: Token


class AccountBody(BaseModel):
    """An account as its holder sees it."""

    model_config = ConfigDict(from_attributes=True) | example(
        id=ACCOUNT, email=EMAIL, name="Iris", country="IE", email_verified=False, roles=[]
    )

    id: UUID
    email: str
    name: str
    country: str
    email_verified: bool
    roles: list[str]


class Me(BaseModel):
    """`subscription_status` is as billing last said; `none` when there never was or is no longer a plan.

    Who the holder is (`email`, `name`, `email_verified`, `roles`) is left out for a profile with an age limit.
    """

    model_config = example(
        id=ACCOUNT,
        email=EMAIL,
        name="Iris",
        country="IE",
        email_verified=False,
        roles=[],
        subscription_status="trialing",
    )

    id: UUID
    email: str | None
    name: str | None
    country: str
    email_verified: bool | None
    roles: list[str]
    subscription_status: SubscriptionStatus


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


class BoundToken(BaseModel):
    """An access token bound to a profile. The refresh token in hand stays good and keeps the binding."""

    model_config = example(access_token=ACCESS, token_type="Bearer", expires_in=900, profile_id=PROFILE)

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: WholeSeconds
    profile_id: UUID


class UpdateMeBody(BaseModel):
    """What to change; what is left out stays."""

    model_config = example(name="Iris Quill")

    name: Name | None = None


class PasswordBody(BaseModel):
    """The password there is, and the one there shall be."""

    model_config = example(current_password=PASSWORD, new_password="five louder herons")

    current_password: Password
    new_password: Password


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


class CreateProfileBody(BaseModel):
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


class UpdateProfileBody(BaseModel):
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


class SelectBody(BaseModel):
    """The profile's PIN where it has one; or the account's `password`, which opens every profile."""

    model_config = example(pin="4071")

    pin: EnteredPin | None = None
    password: Password | None = None


class DeviceBody(BaseModel):
    """`current` is the device this request was made with."""

    model_config = ConfigDict(from_attributes=True) | example(
        id=DEVICE,
        name="Living room",
        type="tv",
        trusted=True,
        created_at="2026-11-02T19:04:11Z",
        last_seen_at="2026-11-26T20:31:55Z",
        current=False,
    )

    id: UUID
    name: str
    type: DeviceType
    trusted: bool
    created_at: datetime
    last_seen_at: datetime
    current: bool


class Devices(BaseModel):
    """The account's devices, the one used last first."""

    items: list[DeviceBody]


class UpdateDeviceBody(BaseModel):
    """What to change; what is left out stays."""

    model_config = example(name="Bedroom", trusted=True)

    name: Name | None = None
    trusted: bool | None = None


class SessionDevice(BaseModel):
    """The device somebody signed in on."""

    model_config = example(id=DEVICE, name="Living room", type="tv")

    id: UUID
    name: str
    type: DeviceType


class SessionBody(BaseModel):
    """One sign-in. `current` is the one this request was made with."""

    model_config = example(
        id=SESSION,
        address="203.0.113.24",
        created_at="2026-11-02T19:04:11Z",
        last_used_at="2026-11-26T20:31:55Z",
        expires_at="2027-01-25T20:31:55Z",
        current=True,
    )

    id: UUID
    device: SessionDevice | None
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    """Where the account is signed in."""

    items: list[SessionBody]


class Jwk(BaseModel):
    """A public key (RFC 7517)."""

    model_config = example(
        kty="EC",
        crv="P-256",
        x="f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y="x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        kid="2026-11",
        use="sig",
        alg="ES256",
    )

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str
    use: Literal["sig"]
    alg: Literal["ES256"]


class Jwks(BaseModel):
    """A key set (RFC 7517)."""

    keys: list[Jwk] = Field(min_length=1)
