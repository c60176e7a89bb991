"""The keys that tokens are checked with."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example


class Jwk(BaseModel):
    """A public key (RFC 7517)."""

    model_config = example(
        kty="EC",
        crv="P-256",
        x="f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        y="x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        kid="2026-11",
        use="sig",
        alg="ES256",
    )

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str
    use: Literal["sig"]
    alg: Literal["ES256"]


class Jwks(BaseModel):
    """A key set (RFC 7517)."""

    keys: list[Jwk] = Field(min_length=1)
