"""Routes of profiles."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from libs.chassis import auth
from services.identity.api.caller import ProfileCases
from services.identity.models import Profile
from services.identity.schemas import (
    BoundToken,
    CreateProfileBody,
    ProfileBody,
    Profiles,
    SelectBody,
    UpdateProfileBody,
)

router = APIRouter(prefix="/api/v1/me/profiles", tags=["identity"])


def _body(profile: Profile) -> ProfileBody:
    return ProfileBody.model_validate(
        {
            "id": profile.id,
            "name": profile.name,
            "maturity": profile.maturity,
            "language": profile.language,
            "kids": profile.kids,
            "has_pin": profile.pin_hash is not None,
            "avatar_url": profile.avatar,
        }
    )


@router.get("")
async def list_profiles(who: auth.Account, profiles: ProfileCases) -> Profiles:
    """The account's profiles, oldest first."""
    return Profiles(items=[_body(profile) for profile in await profiles.list(who)])


@router.post("", status_code=201)
async def create_profile(body: CreateProfileBody, who: auth.Account, profiles: ProfileCases) -> ProfileBody:
    """Add a profile. 409 `too_many_profiles`; 422 `kids_maturity`; 403 `maturity_not_allowed` above one's own maturity
    without the account's password.
    """
    return _body(await profiles.create(who, body.model_dump()))


@router.patch("/{profile_id}")
async def update_profile(
    profile_id: UUID, body: UpdateProfileBody, who: auth.Account, profiles: ProfileCases
) -> ProfileBody:
    """Change a profile. 403 `profile_locked` when it has a PIN, one is not watching as it, and no password is given;
    `proof_required` when it may watch more than one's own; `pin_protected` when only its PIN or the password would do.
    """
    return _body(await profiles.update(who, profile_id, body.model_dump(exclude_unset=True)))


@router.delete("/{profile_id}", status_code=204)
async def delete_profile(profile_id: UUID, who: auth.Account, profiles: ProfileCases) -> None:
    """Remove a profile. 409 `last_profile`; 403 `profile_locked` as for a change."""
    await profiles.remove(who, profile_id)


@router.post("/{profile_id}/select")
async def select_profile(
    profile_id: UUID, who: auth.Account, profiles: ProfileCases, response: Response, body: SelectBody | None = None
) -> BoundToken:
    """Watch as this profile: an access token bound to it, which refreshes keep.

    403 `wrong_pin`; `proof_required` when it may watch more than one's own, which takes its PIN or the account's password;
    `wrong_password`. 429 after many PINs.
    """
    body = body or SelectBody()
    token, profile = await profiles.select(who, profile_id, pin=body.pin, password=body.password)
    response.headers["Cache-Control"] = "no-store"
    return BoundToken(access_token=token, expires_in=profiles.access_ttl, profile_id=profile.id)
