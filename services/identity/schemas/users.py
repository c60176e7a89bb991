"""Bodies about everybody's accounts, for staff."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.identity.schemas.fields import ACCOUNT, EMAIL, PROFILE, Maturity, SubscriptionStatus

Role = Literal["super_admin", "content_manager", "user_manager", "support", "moderator"]
Status = Literal["active", "suspended", "deleting", "erased"]
STAFF = "01993b7e-4a01-7c3d-8b5e-1f6a9d2c7e40"


class User(BaseModel):
    """An account as staff see it in a list."""

    model_config = ConfigDict(from_attributes=True) | example(
        id=ACCOUNT,
        email=EMAIL,
        name="Iris",
        country="IE",
        email_verified=False,
        status="active",
        roles=[],
        created_at="2026-11-02T19:04:11Z",
    )

    id: UUID
    email: str
    name: str
    country: str
    email_verified: bool
    status: Status
    roles: list[Role]
    created_at: datetime


class UserProfile(BaseModel):
    """Who watches with an account."""

    model_config = ConfigDict(from_attributes=True) | example(id=PROFILE, name="Iris", maturity=18, kids=False)

    id: UUID
    name: str
    maturity: Maturity
    kids: bool


class UserChange(BaseModel):
    """What a member of staff changed: each field as it was `before` and `after`."""

    model_config = example(
        at="2026-11-20T08:15:00Z",
        actor=STAFF,
        before={"status": "active"},
        after={"status": "suspended"},
        reason="Card reported as stolen",
    )

    at: datetime
    actor: UUID = Field(description="The account of the member of staff.")
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


class UserDetails(User):
    """An account with who watches with it, how much it is used, and what staff changed, the newest first."""

    model_config = example(
        id=ACCOUNT,
        email=EMAIL,
        name="Iris",
        country="IE",
        email_verified=False,
        status="active",
        roles=[],
        created_at="2026-11-02T19:04:11Z",
        subscription_status="active",
        devices=2,
        sign_ins=1,
        changes=[],
    )

    subscription_status: SubscriptionStatus
    profiles: list[UserProfile]
    devices: int = Field(description="How many are known.")
    sign_ins: int = Field(description="How many are honoured now.")
    changes: list[UserChange]


class UpdateUserBody(Body):
    """What to change; what is left out stays.

    Roles are given and taken one by one, so that two who change them at the same time lose nothing of each other.
    """

    model_config = example(status="suspended", reason="Card reported as stolen")

    status: Literal["active", "suspended"] | None = None
    grant: Annotated[list[Role], Field(max_length=5, description="Roles it shall have.")] = []
    withdraw: Annotated[list[Role], Field(max_length=5, description="Roles it shall not have.")] = []
    reason: Annotated[str, text.name(300)]

    @model_validator(mode="after")
    def one_way(self) -> Self:
        """Refuse what contradicts itself or asks for nothing."""
        if both := set(self.grant) & set(self.withdraw):
            raise ValueError(f"a role cannot be given and taken at once: {', '.join(sorted(both))}")
        if self.status is None and not self.grant and not self.withdraw:
            raise ValueError("say what to change: status, grant or withdraw")
        return self
