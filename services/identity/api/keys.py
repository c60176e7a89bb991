"""The public keys that access tokens are checked with."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from libs.chassis.security import auth
from libs.chassis.security.tokens import Signer
from services.identity.schemas.keys import Jwks

router = APIRouter(tags=["Sign in"])


@router.get("/.well-known/jwks.json", dependencies=[auth.PUBLIC])
async def get_jwks(request: Request, response: Response) -> Jwks:
    """Read the keys that sign access tokens.

    A key set (RFC 7517); while keys rotate it holds the old and the new one.
    """
    signer: Signer = request.app.state.signer
    response.headers["Cache-Control"] = "public, max-age=60"
    return Jwks.model_validate(signer.jwks())
