"""Bodies of second factors, passkeys and proving oneself again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.examples import example
from services.identity.schemas.auth import LoginDevice
from services.identity.schemas.fields import PASSWORD, PROFILE, Code, Name, Password

CHALLENGE = "01993b7e-5c2a-7e41-8b0c-2d3e4f5a6b7c"
# What a browser's `PublicKeyCredential.toJSON()` gives, shortened.
CREDENTIAL: dict[str, Any] = {
    "id": "mQ1x", "rawId": "mQ1x", "type": "public-key", "response": {"clientDataJSON": "eyJ0", "authenticatorData": "SZYN"},
}  # fmt: skip
Encoded = Annotated[str, text.token(16_384), Field(description="Bytes in base64url.")]
Count = Annotated[int, Field(description="How many.", ge=0)]


class AuthenticatorResponse(Body):
    """What an authenticator signed: at the making of a passkey `attestationObject`, else `authenticatorData` and `signature`."""

    model_config = ConfigDict(populate_by_name=True) | example(**CREDENTIAL["response"])

    client_data: Encoded = Field(alias="clientDataJSON")
    attestation: Encoded | None = Field(default=None, alias="attestationObject")
    authenticator_data: Encoded | None = Field(default=None, alias="authenticatorData")
    signature: Encoded | None = None
    user_handle: Encoded | None = Field(default=None, alias="userHandle")


class Credential(Body):
    """A browser's `PublicKeyCredential.toJSON()` (WebAuthn, 5.1). What else it says is left out."""

    model_config = ConfigDict(populate_by_name=True) | example(**CREDENTIAL)

    id: Encoded
    raw_id: Encoded = Field(alias="rawId")
    type: Literal["public-key"]
    response: AuthenticatorResponse

    def plain(self) -> dict[str, Any]:
        """Return it as the browser wrote it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class SecondFactorProblem(ProblemDetails):
    """The password was right, and something else is needed too: one of `methods`."""

    methods: list[Literal["totp", "recovery_code", "passkey"]] = []


class SecurityState(BaseModel):
    """What an account is opened with. `proved`: this sign-in has proved itself lately, so what is sensitive may be done."""

    model_config = example(totp=True, recovery_codes=8, passkeys=2, proved=False)

    totp: bool
    recovery_codes: Annotated[int, Field(description="How many are left.", ge=0)]
    passkeys: Count
    proved: bool


class TotpBegun(BaseModel):
    """What an authenticator app needs: `uri`, also as a picture (`qr`, SVG), or `secret` typed in (base32)."""

    model_config = example(
        secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        uri="otpauth://totp/Bijou:iris%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Bijou",
        qr="data:image/svg+xml;base64,PHN2Zy8+",
    )

    secret: str
    uri: str
    qr: str


class CodeBody(Body):
    """The six figures that the app shows now."""

    model_config = example(code="492039")

    code: Code


class RecoveryCodes(BaseModel):
    """Each is good once, in place of a code of the app. They are not shown again."""

    model_config = example(codes=["K7QF2-M9XWD", "3HTRA-V6PZE"])

    codes: list[str]


class StepUpBody(Body):
    """Proof of who one is: the password (and a code where a second factor is on), or an answered challenge of a passkey."""

    model_config = example(password=PASSWORD, code="492039")

    password: Password | None = None
    code: Code | None = None
    challenge_id: UUID | None = None
    credential: Credential | None = None


class Challenge(BaseModel):
    """`options` are for `navigator.credentials`, as `PublicKeyCredential.parse…OptionsFromJSON` reads them; for five minutes."""

    model_config = example(challenge_id=CHALLENGE, options={"challenge": "k3Wv7yQmB1nX", "rpId": "films.example"})

    challenge_id: UUID
    options: dict[str, Any]


class PasskeySignInBody(Body):
    """The answered challenge, and on which device."""

    model_config = example(challenge_id=CHALLENGE, credential=CREDENTIAL)

    challenge_id: UUID
    credential: Credential
    device: LoginDevice | None = None
    reopen: bool = False


class NewPasskeyBody(Body):
    """The answered challenge, and what the passkey is called."""

    model_config = example(challenge_id=CHALLENGE, credential=CREDENTIAL, name="Iris's phone")

    challenge_id: UUID
    credential: Credential
    name: Name


class RenamePasskeyBody(Body):
    """What the passkey is called from now on."""

    model_config = example(name="Old phone")

    name: Name


class PasskeyBody(BaseModel):
    """A passkey. `synced`: its owner's devices share it, so it is not lost with one of them."""

    model_config = ConfigDict(from_attributes=True) | example(
        id=PROFILE, name="Iris's phone", synced=True, created_at="2026-11-02T19:04:11Z", last_used_at=None
    )

    id: UUID
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


class Passkeys(BaseModel):
    """The account's passkeys, the oldest first."""

    items: list[PasskeyBody]
