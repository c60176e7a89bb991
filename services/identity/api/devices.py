"""Routes of devices and sign-in sessions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from libs.chassis.security.auth import HolderRequired
from services.identity.api.caller import DeviceCases, SessionCases
from services.identity.models import Device, Session
from services.identity.schemas.devices import (
    DeviceBody,
    Devices,
    SessionBody,
    SessionDevice,
    Sessions,
    UpdateDeviceBody,
)
from services.identity.schemas.fields import DEVICE, SESSION
from services.identity.service.base import SessionEnded
from services.identity.service.devices import DeviceNotFound, ListedDevice
from services.identity.service.sessions import SessionNotFound

router = APIRouter(prefix="/api/v1/me", tags=["Account"], responses=raises(SessionEnded))
DeviceId = Annotated[UUID, Path(description="One of my devices.", examples=[DEVICE])]
SessionId = Annotated[UUID, Path(description="One of my sign-ins.", examples=[SESSION])]


def _device(listed: ListedDevice) -> DeviceBody:
    device = listed.device
    return DeviceBody.model_validate(
        {
            "id": device.id,
            "name": device.name,
            "type": device.type,
            "trusted": device.trusted,
            "created_at": device.created_at,
            "last_seen_at": device.last_seen_at,
            "current": listed.current,
        }
    )


def _session(session: Session, device: Device | None, current: UUID) -> SessionBody:
    return SessionBody(
        id=session.id,
        device=SessionDevice.model_validate(device, from_attributes=True) if device else None,
        address=session.address,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        current=session.id == current,
    )


@router.get("/devices")
async def list_devices(who: auth.Holder, devices: DeviceCases) -> Devices:
    """List my devices, the one used last first."""
    return Devices(items=[_device(listed) for listed in await devices.list(who)])


@router.patch("/devices/{device_id}", responses=raises(DeviceNotFound))
async def update_device(
    device_id: DeviceId, body: UpdateDeviceBody, who: auth.Holder, devices: DeviceCases
) -> DeviceBody:
    """Rename or trust a device."""
    return _device(await devices.update(who, device_id, body.model_dump(exclude_unset=True)))


@router.delete("/devices/{device_id}", status_code=204, responses=raises(DeviceNotFound))
async def remove_device(device_id: DeviceId, who: auth.Holder, devices: DeviceCases) -> None:
    """Forget a device and sign it out.

    What it plays ends within seconds.
    """
    await devices.remove(who, device_id)


@router.get("/sessions")
async def list_sessions(who: auth.Holder, sessions: SessionCases) -> Sessions:
    """List where I am signed in."""
    return Sessions(items=[_session(session, device, who.session_id) for session, device in await sessions.list(who)])


@router.delete("/sessions/{session_id}", status_code=204, responses=raises(SessionNotFound, HolderRequired))
async def end_session(session_id: SessionId, who: auth.Account, sessions: SessionCases) -> None:
    """Sign out one of my sign-ins.

    One's own always; others only for the account's holder.
    """
    await sessions.end(who, session_id)
