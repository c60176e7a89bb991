"""Passkeys (WebAuthn): added, named, removed, signed in with. One proves its owner and their presence: nothing else is asked."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from libs.chassis.http.networks import networks
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, NotFound, Unauthenticated
from libs.contracts.token import Principal
from services.identity.domain import DeviceHint
from services.identity.models import Challenge, Passkey
from services.identity.repository import second_factors as rows
from services.identity.service.base import Core
from services.identity.service.sessions import Entry, Sessions, SignIn
from services.identity.settings import Settings

MOST = 20
GOOD_FOR = timedelta(minutes=5)
ALWAYS = UserVerificationRequirement.REQUIRED
LONGEST = 16_384  # of an answer of an authenticator, as JSON


class PasskeyRefused(Forbidden):
    """This passkey could not be checked. Please try again."""

    code = "passkey_refused"


class PasskeyUnknown(Unauthenticated):
    """No account has this passkey, or it was removed. Sign in another way."""

    code = "passkey_unknown"


class PasskeyKnown(Conflict):
    """This passkey is on an account already."""

    code = "passkey_known"


class TooManyPasskeys(Conflict):
    """There are twenty passkeys on your account. Remove one that you do not use."""

    code = "too_many_passkeys"


class PasskeyNotFound(NotFound):
    """There is no such passkey on your account."""

    code = "passkey_not_found"


def party_of(settings: Settings) -> tuple[str, list[str]]:
    """Return the name that passkeys are for, and the origins that may use them.

    An address by number can have none (WebAuthn, 5.1.2): one machine's own is then called localhost.
    """
    url = urlsplit(settings.public_url)
    host = url.hostname or "localhost"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host, [f"{url.scheme}://{url.netloc}"]
    port = f":{url.port}" if url.port else ""
    return ("localhost", [f"{url.scheme}://localhost{port}"]) if address.is_loopback else (host, [])


class PasskeyCases:
    """Use cases around passkeys."""

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._party, self._origins = party_of(core.settings)

    async def list(self, who: Principal) -> Sequence[Passkey]:
        """Return the holder's passkeys, the oldest first."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who)).account
            return await rows.passkeys(session, account.id)

    async def begin(self, who: Principal) -> tuple[UUID, dict[str, Any]]:
        """Return a challenge, and options for an authenticator, to add a passkey with."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.holding(session, who, lock=True)
            core.need_confirmed(caller.account)
            core.need_proof(caller.family)
            known = await rows.passkeys(session, caller.account.id)
            if len(known) >= MOST:
                raise TooManyPasskeys
            options = webauthn.generate_registration_options(
                rp_id=self._party,
                rp_name="Bijou",
                user_id=caller.account.id.bytes,
                user_name=caller.account.email,
                user_display_name=caller.account.name,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED, user_verification=ALWAYS
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
            )
            return self._keep(session, "add", caller.account.id, options.challenge), options_to_json_dict(options)

    async def add(self, who: Principal, challenge_id: UUID, credential: dict[str, Any], name: str) -> Passkey:
        """Keep a passkey that answered the challenge. Raises PasskeyRefused, PasskeyKnown, TooManyPasskeys."""
        core = self._core
        challenge = await self._own_challenge(who, challenge_id, "add")
        try:
            found = await asyncio.to_thread(
                webauthn.verify_registration_response,
                credential=_bounded(credential),
                expected_challenge=challenge,
                expected_rp_id=self._party,
                expected_origin=self._origins,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise PasskeyRefused from error
        async with core.db.transaction() as session:
            caller = await core.holding(session, who, lock=True)
            core.need_confirmed(caller.account)
            core.need_proof(caller.family)
            if len(await rows.passkeys(session, caller.account.id)) >= MOST:
                raise TooManyPasskeys
            new = Passkey(
                id=new_id(),
                account_id=caller.account.id,
                credential_id=found.credential_id,
                public_key=found.credential_public_key,
                sign_count=found.sign_count,
                name=name,
                synced=found.credential_backed_up,
                created_at=core.clock.now(),
                last_used_at=None,
            )
            try:
                async with session.begin_nested():
                    session.add(new)
                    await session.flush()
            except IntegrityError:
                raise PasskeyKnown from None
            core.post.owe(session, caller.account, "passkey-added")
            return new

    async def rename(self, who: Principal, passkey_id: UUID, name: str) -> Passkey:
        """Call a passkey something else."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who, lock=True)).account
            found = await rows.passkey(session, account.id, passkey_id)
            if found is None:
                raise PasskeyNotFound
            found.name = name
            return found

    async def remove(self, who: Principal, passkey_id: UUID) -> None:
        """Let a passkey open the account no more. The password stays, so none is ever the last way in."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.holding(session, who, lock=True)
            found = await rows.passkey(session, caller.account.id, passkey_id)
            if found is None:
                raise PasskeyNotFound
            core.need_proof(caller.family)
            await session.delete(found)
            core.post.owe(session, caller.account, "passkey-removed")

    async def begin_sign_in(self, address: str) -> tuple[UUID, dict[str, Any]]:
        """Return a challenge for whoever has a passkey; which accounts have any is not said."""
        settings = self._core.settings
        for network, share in networks(address):
            limit = settings.logins_per_address * share
            await self._core.limiter.hit("identity.challenges", network, limit, settings.throttle_window)
        async with self._core.db.transaction() as session:
            options = webauthn.generate_authentication_options(rp_id=self._party, user_verification=ALWAYS)
            return self._keep(session, "sign-in", None, options.challenge), options_to_json_dict(options)

    async def sign_in(
        self, challenge_id: UUID, credential: dict[str, Any], hint: DeviceHint, address: str, *, reopen: bool
    ) -> SignIn:
        """Sign in by a passkey that answered the challenge. Raises PasskeyRefused, PasskeyUnknown, and what a sign-in raises."""
        async with self._core.db.transaction() as session:
            challenge = await self._challenge(session, challenge_id, "sign-in", None)
        if challenge is None:
            raise PasskeyRefused
        passkey = await self._answered(credential, challenge)
        return await self._sessions.enter(passkey.account_id, hint, address, Entry(reopen=reopen))

    async def begin_step_up(self, who: Principal) -> tuple[UUID, dict[str, Any]]:
        """Return a challenge for one of the holder's own passkeys."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who)).account
            known = await rows.passkeys(session, account.id)
            options = webauthn.generate_authentication_options(
                rp_id=self._party,
                user_verification=ALWAYS,
                allow_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
            )
            return self._keep(session, "step-up", account.id, options.challenge), options_to_json_dict(options)

    async def step_up(self, who: Principal, challenge_id: UUID, credential: dict[str, Any]) -> None:
        """Prove oneself again by a passkey of one's own."""
        core = self._core
        challenge = await self._own_challenge(who, challenge_id, "step-up")
        try:
            passkey = await self._answered(credential, challenge)
        except PasskeyUnknown:  # which is no reason to end this sign-in
            raise PasskeyRefused from None
        async with core.db.transaction() as session:
            caller = await core.holding(session, who, lock=True)
            if passkey.account_id != caller.account.id:
                raise PasskeyRefused
            caller.family.proved_at = core.clock.now()

    def _keep(self, session: AsyncSession, purpose: str, account_id: UUID | None, challenge: bytes) -> UUID:
        kept = Challenge(
            id=new_id(),
            account_id=account_id,
            purpose=purpose,
            challenge=challenge,
            expires_at=self._core.clock.now() + GOOD_FOR,
        )
        session.add(kept)
        return kept.id

    async def _own_challenge(self, who: Principal, challenge_id: UUID, purpose: str) -> bytes:
        """Use a challenge of the holder's up, and return it. Raises PasskeyRefused."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who)).account
            found = await self._challenge(session, challenge_id, purpose, account.id)
        if found is None:
            raise PasskeyRefused
        return found

    async def _challenge(
        self, session: AsyncSession, challenge_id: UUID, purpose: str, account_id: UUID | None
    ) -> bytes | None:
        """Use a challenge up, whatever comes of its answer: nothing is good twice."""
        return await rows.use_challenge(session, challenge_id, purpose, account_id, self._core.clock.now())

    async def _answered(self, credential: dict[str, Any], challenge: bytes) -> Passkey:
        """Return the passkey that answered a challenge, and count its use."""
        core = self._core
        answer = _bounded(credential)
        try:
            raw_id = webauthn.base64url_to_bytes(str(answer["rawId"]))
        except (KeyError, ValueError) as error:
            raise PasskeyRefused from error
        async with core.db.transaction() as session:
            passkey = await rows.passkey_of(session, raw_id)
            if passkey is None:
                raise PasskeyUnknown
            handle = answer.get("response", {}).get("userHandle") if isinstance(answer.get("response"), dict) else None
            try:
                if handle and webauthn.base64url_to_bytes(str(handle)) != passkey.account_id.bytes:
                    raise PasskeyRefused
                found = webauthn.verify_authentication_response(
                    credential=answer,
                    expected_challenge=challenge,
                    expected_rp_id=self._party,
                    expected_origin=self._origins,
                    credential_public_key=passkey.public_key,
                    # One that went back is a copy's (WebAuthn, 7.2): refused. Synced ones always say 0.
                    credential_current_sign_count=passkey.sign_count,
                    require_user_verification=True,
                )
            except (WebAuthnException, ValueError, KeyError, TypeError) as error:
                raise PasskeyRefused from error
            passkey.sign_count = found.new_sign_count
            passkey.synced = found.credential_backed_up
            passkey.last_used_at = core.clock.now()
            return passkey


def _bounded(credential: dict[str, Any]) -> dict[str, Any]:
    """Return an answer, unless it is larger than any authenticator's."""
    if len(json.dumps(credential)) > LONGEST:
        raise PasskeyRefused
    return credential
