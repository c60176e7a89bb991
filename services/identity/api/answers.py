"""What a sign-in answers, and what a request says of the device it comes from."""

from __future__ import annotations

from fastapi import Response

from services.identity.domain import DeviceHint
from services.identity.schemas.account import AccountBody
from services.identity.schemas.auth import LoginDevice, SignedIn
from services.identity.service.sessions import SignIn


def signed_in(answer: SignIn, expires_in: int) -> SignedIn:
    """Return the body of a sign-in whose access token is good for so many seconds."""
    return SignedIn(
        account=AccountBody.model_validate(answer.account),
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        expires_in=expires_in,
        profile_id=answer.profile_id,
        device_id=answer.device_id,
        device_secret=answer.device_secret or "",
    )


def private(response: Response) -> None:
    """Keep a body with tokens or secrets out of every cache (RFC 6749, 5.1)."""
    response.headers["Cache-Control"] = "no-store"


def hint_of(device: LoginDevice | None, agent: DeviceHint) -> DeviceHint:
    """Return what is known of a device: what it says of itself, and else what its browser does."""
    if device is None:
        return agent
    return DeviceHint(device.id, device.name or agent.name, device.type or agent.type, device.secret, agent.agent)
