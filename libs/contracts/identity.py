"""Events of identity: accounts and their profiles, the sign-ins that were revoked, the tokens that are out of date."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from libs.contracts.envelope import Event, Nested, Personal, Topic

ACCOUNTS = Topic("identity.accounts", "account", "accounts, profiles, devices", compacted=True)
# Longer than any access token is good for: an older revocation has nothing left to refuse.
REVOCATIONS = Topic("identity.revocations", "account", "sign-ins and tokens that are no longer honoured", hours=25)


class Profile(Nested):
    """A viewer of an account. `maturity` is the highest age rating allowed (0, 7, 12, 16 or 18).

    `consents`: what they have agreed to (`analytics`, `personalisation`); null while they were not asked, or have not answered.
    """

    id: Annotated[UUID, Personal]
    name: Annotated[str, Personal]
    maturity: int = 18
    kids: bool = False
    language: str = "en"
    consents: tuple[str, ...] | None = None


class Device(Nested):
    """A device known to the account."""

    id: Annotated[UUID, Personal]
    name: Annotated[str, Personal]
    type: str = "web"


class AccountChanged(Event):
    """The whole account after a change; a higher `version` replaces a lower one.

    `deleting`: its holder has closed it, and may come back until `erase_at`. `erased`: nothing of it is to be kept anywhere.
    `erased_profiles`: those that were deleted in the last 40 days; nothing of theirs is to be kept either, nor taken in later.
    """

    TYPE: ClassVar[str] = "bijou.identity.account.changed.v1"
    TOPIC: ClassVar[Topic] = ACCOUNTS

    account_id: Annotated[UUID, Personal]
    version: int
    status: Literal["active", "suspended", "deleting", "erased"] = "active"
    country: str = "US"
    roles: tuple[str, ...] = ()
    profiles: tuple[Profile, ...] = ()
    devices: tuple[Device, ...] = ()
    erase_at: datetime | None = None
    erased_profiles: Annotated[tuple[UUID, ...], Personal] = ()
    changed_at: datetime

    def key(self) -> str:
        return str(self.account_id)

    def forgets(self) -> frozenset[UUID]:
        return frozenset(self.erased_profiles) | ({self.account_id} if self.status == "erased" else frozenset())


class SessionsRevoked(Event):
    """Sign-in sessions that are no longer honoured. Tokens with one of these `sid` are refused from now on."""

    TYPE: ClassVar[str] = "bijou.identity.sessions.revoked.v1"
    TOPIC: ClassVar[Topic] = REVOCATIONS

    account_id: Annotated[UUID, Personal]
    session_ids: tuple[UUID, ...]
    reason: Literal["logout", "reuse_detected", "password_changed", "device_removed", "suspended", "signed_out"]
    revoked_at: datetime

    def key(self) -> str:
        return str(self.account_id)


class SignInLowered(Event):
    """A sign-in has chosen a profile that may watch less. Its tokens from before are refused; a refresh gives one that is right.

    `lowered` counts these choices: tokens that carry a lower count are meant.
    """

    TYPE: ClassVar[str] = "bijou.identity.sign-in.lowered.v1"
    TOPIC: ClassVar[Topic] = REVOCATIONS

    account_id: Annotated[UUID, Personal]
    session_id: UUID
    lowered: int
    changed_at: datetime

    def key(self) -> str:
        return str(self.account_id)


class TokensOutdated(Event):
    """What a profile may do has changed. Its tokens from before are refused, and a refresh gives one that is right.

    `version` is the account's after the change: tokens that carry a lower one are meant.
    """

    TYPE: ClassVar[str] = "bijou.identity.tokens.outdated.v1"
    TOPIC: ClassVar[Topic] = REVOCATIONS

    account_id: Annotated[UUID, Personal]
    profile_id: Annotated[UUID, Personal]
    version: int
    changed_at: datetime

    def key(self) -> str:
        return str(self.account_id)
