"""What the routes take from a request beside its body: the use cases, the client's address, the device."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from services.identity.domain import DeviceHint, device_from_user_agent
from services.identity.service.accounts import Accounts
from services.identity.service.closing import Closing
from services.identity.service.devices import Devices
from services.identity.service.passkeys import PasskeyCases
from services.identity.service.profiles import Profiles
from services.identity.service.recovery import Recovery
from services.identity.service.second_factors import SecondFactors
from services.identity.service.sessions import Sessions


def _accounts(request: Request) -> Accounts:
    found: Accounts = request.app.state.accounts
    return found


def _sessions(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


def _profiles(request: Request) -> Profiles:
    found: Profiles = request.app.state.profiles
    return found


def _devices(request: Request) -> Devices:
    found: Devices = request.app.state.devices
    return found


def _closing(request: Request) -> Closing:
    found: Closing = request.app.state.closing
    return found


def _recovery(request: Request) -> Recovery:
    found: Recovery = request.app.state.recovery
    return found


def _second_factors(request: Request) -> SecondFactors:
    found: SecondFactors = request.app.state.second_factors
    return found


def _passkeys(request: Request) -> PasskeyCases:
    found: PasskeyCases = request.app.state.passkeys
    return found


def _address(request: Request) -> str:
    # Set by the edge, which drops what a client sends under this name; X-Forwarded-For is never looked at.
    return request.headers.get("x-real-ip") or (request.client.host if request.client else "")


def _agent(request: Request) -> DeviceHint:
    return device_from_user_agent(request.headers.get("user-agent", ""))


AccountCases = Annotated[Accounts, Depends(_accounts)]
SessionCases = Annotated[Sessions, Depends(_sessions)]
ProfileCases = Annotated[Profiles, Depends(_profiles)]
DeviceCases = Annotated[Devices, Depends(_devices)]
ClosingCases = Annotated[Closing, Depends(_closing)]
SecondFactorUse = Annotated[SecondFactors, Depends(_second_factors)]
PasskeyUse = Annotated[PasskeyCases, Depends(_passkeys)]
RecoveryCases = Annotated[Recovery, Depends(_recovery)]
Address = Annotated[str, Depends(_address)]
Agent = Annotated[DeviceHint, Depends(_agent)]
