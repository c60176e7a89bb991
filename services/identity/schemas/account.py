"""Bodies about the account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.chassis.http.examples import example
from services.identity.schemas.fields import ACCOUNT, EMAIL, PASSWORD, Name, Password, SubscriptionStatus


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


class UpdateMeBody(BaseModel):
    """What to change; what is left out stays."""

    model_config = example(name="Iris Quill")

    name: Name | None = None


class PasswordBody(BaseModel):
    """The password there is, and the one there shall be."""

    model_config = example(current_password=PASSWORD, new_password="five louder herons")

    current_password: Password
    new_password: Password


class CloseBody(BaseModel):
    """The account's password, so that nobody closes it who only found a screen on."""

    model_config = example(password=PASSWORD)

    password: Password


class Closed(BaseModel):
    """Until `erase_at` the account can be opened again."""

    model_config = example(erase_at="2026-12-27T20:15:00Z")

    erase_at: datetime
