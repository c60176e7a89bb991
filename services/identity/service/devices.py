"""Devices: recognised at sign-in, named and trusted by their owner, signed out when removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.ids import new_id
from libs.chassis.problems import NotFound
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.domain import DeviceHint
from services.identity.models import Account, Device
from services.identity.service.base import Core

# Beyond this many, those nobody is signed in on any more are forgotten, the oldest first.
KEEP = 50


class DeviceNotFound(NotFound):
    """There is no such device on your account."""

    code = "device_not_found"


async def recognise(core: Core, session: AsyncSession, account: Account, hint: DeviceHint) -> tuple[Device, bool]:
    """Return the device of the (locked) account a request comes from, and whether it is new to the account."""
    now = core.clock.now()
    if hint.id and (known := await repository.device(session, account.id, hint.id)):
        known.last_seen_at = now
        return known, False
    # An id that is not ours is never taken over: it may be another account's.
    device = Device(
        id=new_id(),
        account_id=account.id,
        name=hint.name,
        type=hint.type,
        trusted=False,
        created_at=now,
        last_seen_at=now,
    )
    session.add(device)
    await session.flush()
    await repository.forget_idle_devices(session, account.id, KEEP, now)
    return device, True


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device, and whether the request that asks came from it."""

    device: Device
    current: bool


class Devices:
    """Use cases around devices."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def list(self, who: Principal) -> list[ListedDevice]:
        """Return the account's devices, the one used last first."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who)).account
            found = await repository.devices(session, account.id)
        return [ListedDevice(device, device.id == who.device_id) for device in found]

    async def update(self, who: Principal, device_id: UUID, changes: dict[str, Any]) -> ListedDevice:
        """Rename or trust a device."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who, lock=True)).account
            device = await repository.device(session, account.id, device_id)
            if device is None:
                raise DeviceNotFound
            if changes.get("name") is not None:
                device.name = changes["name"]
            if changes.get("trusted") is not None:
                device.trusted = changes["trusted"]
                # Trusting it here spares it no second factor: that takes one, given on it.
                if not device.trusted:
                    device.trusted_until = None
            await self._core.publish(session, account)
        return ListedDevice(device, device.id == who.device_id)

    async def remove(self, who: Principal, device_id: UUID) -> None:
        """Forget a device and sign it out."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who, lock=True)).account
            device = await repository.device(session, account.id, device_id)
            if device is None:
                raise DeviceNotFound
            await self._core.revoke(session, account.id, "device_removed", device_id=device_id)
            await session.delete(device)
            await self._core.publish(session, account)
