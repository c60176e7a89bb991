"""Bodies about the account."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.identity.schemas.fields import (
    ACCOUNT,
    EMAIL,
    LINK,
    PASSWORD,
    EmailText,
    Name,
    Password,
    SubscriptionStatus,
    Token,
)


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


class UpdateMeBody(Body):
    """What to change; what is left out stays."""

    model_config = example(name="Iris Quill")

    name: Name | None = None


class PasswordBody(Body):
    """The password there is, and the one there shall be."""

    model_config = example(current_password=PASSWORD, new_password="five louder herons")

    current_password: Password
    new_password: Password


class EmailBody(Body):
    """The address that the account shall have, and its password."""

    model_config = example(email="iris.quill@example.org", password=PASSWORD)

    email: EmailText
    password: Password


class ForgotBody(Body):
    """Whose password was forgotten."""

    model_config = example(email=EMAIL)

    email: EmailText


class LinkBody(Body):
    """What is behind the `#` of a link from a mail."""

    model_config = example(token=LINK)

    token: Token


class ResetBody(Body):
    """What is behind the `#` of the link, and the password there shall be."""

    model_config = example(token=LINK, password="five louder herons")

    token: Token
    password: Password


class Verified(BaseModel):
    """The address that was confirmed, and whether it is the account's only from now on (`changed`)."""

    model_config = example(email=EMAIL, changed=False)

    email: str
    changed: bool


class CloseBody(Body):
    """The account's password, so that nobody closes it who only found a screen on."""

    model_config = example(password=PASSWORD)

    password: Password


class Closed(BaseModel):
    """Until `erase_at` the account can be opened again."""

    model_config = example(erase_at="2026-12-27T20:15:00Z")

    erase_at: datetime
