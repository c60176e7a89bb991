"""Bodies about devices and the sign-ins on them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from services.identity.schemas.fields import DEVICE, SESSION, DeviceType, Name


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


class UpdateDeviceBody(Body):
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
