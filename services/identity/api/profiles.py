"""Routes of profiles."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.identity.api.caller import ProfileCases
from services.identity.hashing import TooBusy
from services.identity.models import Profile
from services.identity.schemas.fields import PROFILE
from services.identity.schemas.profiles import (
    BoundToken,
    CreateProfileBody,
    ProfileBody,
    Profiles,
    SelectBody,
    UpdateProfileBody,
)
from services.identity.service.base import NotForKids, SessionEnded, WrongPassword
from services.identity.service.profiles import (
    KidsMaturity,
    LastProfile,
    MaturityNotAllowed,
    PinProtected,
    ProfileLocked,
    ProfileNotFound,
    ProofRequired,
    TooManyProfiles,
    TooManyRemoved,
    WrongPin,
)

router = APIRouter(prefix="/api/v1/me/profiles", tags=["Profiles"], responses=raises(SessionEnded))
ProfileId = Annotated[UUID, Path(description="One of my profiles.", examples=[PROFILE])]


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
    """List my profiles, oldest first."""
    return Profiles(items=[_body(profile) for profile in await profiles.list(who)])


@router.post(
    "",
    status_code=201,
    responses=raises(
        TooManyProfiles,
        TooManyRemoved,
        KidsMaturity,
        MaturityNotAllowed,
        NotForKids,
        ProofRequired,
        WrongPassword,
        TooBusy,
    ),
)
async def create_profile(body: CreateProfileBody, who: auth.Account, profiles: ProfileCases) -> ProfileBody:
    """Add a profile.

    Above one's own maturity it takes the account's `password`. A sign-in that has not chosen a profile has to give it too.
    """
    return _body(await profiles.create(who, body.model_dump()))


@router.patch(
    "/{profile_id}",
    responses=raises(
        ProfileNotFound,
        ProfileLocked,
        PinProtected,
        ProofRequired,
        KidsMaturity,
        MaturityNotAllowed,
        NotForKids,
        WrongPassword,
        WrongPin,
        TooBusy,
    ),
)
async def update_profile(
    profile_id: ProfileId, body: UpdateProfileBody, who: auth.Account, profiles: ProfileCases
) -> ProfileBody:
    """Change a profile.

    One with a PIN is changed from itself, or with the account's `password`; its PIN with `current_pin` or the `password`.
    Changing what it may watch outdates its access tokens (`token_outdated`): refresh, and the new one is right.
    """
    return _body(await profiles.update(who, profile_id, body.model_dump(exclude_unset=True)))


@router.delete(
    "/{profile_id}",
    status_code=204,
    responses=raises(ProfileNotFound, LastProfile, ProfileLocked, ProofRequired, NotForKids),
)
async def delete_profile(profile_id: ProfileId, who: auth.Account, profiles: ProfileCases) -> None:
    """Remove a profile, with its list and history.

    The last one stays, and one with a PIN is removed from itself.
    """
    await profiles.remove(who, profile_id)


@router.post("/{profile_id}/select", responses=raises(ProfileNotFound, WrongPin, ProofRequired, WrongPassword, TooBusy))
async def select_profile(
    profile_id: ProfileId, who: auth.Account, profiles: ProfileCases, response: Response, body: SelectBody | None = None
) -> BoundToken:
    """Watch as a profile: get an access token bound to it.

    Refreshes keep the binding. A profile with a PIN takes its PIN, one that may watch more than one's own takes its PIN or the
    account's password; the password opens all. 429 after many wrong PINs.
    """
    body = body or SelectBody()
    token, profile = await profiles.select(who, profile_id, pin=body.pin, password=body.password)
    response.headers["Cache-Control"] = "no-store"
    return BoundToken(access_token=token, expires_in=profiles.access_ttl, profile_id=profile.id)
