"""Routes of consents."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.identity.models import Profile
from services.identity.schemas.consents import Consent, Consents, ConsentsBody
from services.identity.service import consents as cases
from services.identity.service.base import NotForKids, SessionEnded

router = APIRouter(prefix="/api/v1/me/consents", tags=["Profiles"], responses=raises(SessionEnded, cases.NoProfile))


def _cases(request: Request) -> cases.Consents:
    return request.app.state.consents  # type: ignore[no-any-return]


Use = Annotated[cases.Consents, Depends(_cases)]


def _body(profile: Profile) -> Consents:
    return Consents(
        consents=[each for each in get_args(Consent) if each in profile.agreed],
        asked_for=[] if profile.kids else list(get_args(Consent)),
        answered_at=profile.consents_at,
    )


@router.get("")
async def read_consents(who: auth.Profile, use: Use) -> Consents:
    """Read what this profile lets the service learn from."""
    return _body(await use.read(who))


@router.put("", responses=raises(NotForKids))
async def answer_consents(body: ConsentsBody, who: auth.Profile, use: Use) -> Consents:
    """Say what this profile lets the service learn from.

    It counts on every device. Access tokens of this profile that say something else are refused (`token_outdated`) as soon as all
    services have heard, some hundredths of a second later: refresh at once, and the new one is right.
    """
    return _body(await use.answer(who, body.consents))
