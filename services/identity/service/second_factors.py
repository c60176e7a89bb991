"""What proves somebody besides the password: an authenticator app and its recovery codes; and proving oneself again."""

from __future__ import annotations

import base64
import io
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pyotp
import segno
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.problems import Conflict, Forbidden
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.ciphers import NotOurs
from services.identity.domain import canonical_password
from services.identity.models import Account, Totp
from services.identity.repository import second_factors as rows
from services.identity.service.base import Caller, Core

log = telemetry.logger(__name__)
STEP = 30  # seconds, as every app has it (RFC 6238)
CODES = 10
# Letters and figures that nobody takes for others.
LETTERS = "ABCDEFGHJKMNPQRTUVWXYZ2346789"
CODE_LENGTH = 10
BEGUN_FOR = timedelta(minutes=30)


class SecondFactorNeeded(Forbidden):
    """Your password is right. Now give the code of your authenticator app, or one of your recovery codes."""

    code = "second_factor_needed"


class WrongCode(Forbidden):
    """This code is wrong, was used already, or its time is over. Wait for the next one and try again."""

    code = "wrong_code"


class TotpOn(Conflict):
    """An authenticator app is on already. Turn it off first to use another one."""

    code = "totp_on"


class TotpNotBegun(Conflict):
    """There is no authenticator app to confirm. Begin again."""

    code = "totp_not_begun"


class TotpOff(Conflict):
    """No authenticator app is on."""

    code = "totp_off"


@dataclass(frozen=True, slots=True)
class State:
    """What an account is opened with, and whether this sign-in has proved itself lately."""

    totp: bool
    recovery_codes: int
    passkeys: int
    proved: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """What an app is given: the secret (base32), the same as an `otpauth` address, and that as a picture (SVG in a data URL)."""

    secret: str
    uri: str
    qr: str


def new_codes() -> list[str]:
    """Return recovery codes of 48 bits each, in two groups."""
    made = ("".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES))
    return [f"{code[:5]}-{code[5:]}" for code in made]


def plain_code(code: str) -> str:
    """Return a recovery code as it is stored, however it was typed."""
    return re.sub(r"[\s-]", "", code).upper()


class SecondFactors:
    """Use cases around second factors."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def state(self, who: Principal) -> State:
        """Return what the holder's account is opened with."""
        core = self._core
        async with core.db.transaction() as session:
            caller = await core.holding(session, who)
            app = await rows.totp(session, caller.account.id)
            return State(
                totp=app is not None and app.confirmed_at is not None,
                recovery_codes=await rows.codes_left(session, caller.account.id),
                passkeys=len(await rows.passkeys(session, caller.account.id)),
                proved=core.has_proved(caller.family),
            )

    async def begin(self, who: Principal) -> Begun:
        """Make an app's secret; nothing is asked for it until a code of it is given. Raises TotpOn."""
        core = self._core
        async with core.db.transaction() as session:
            account = (await self._may(session, who)).account
            known = await rows.totp(session, account.id)
            if known is not None and known.confirmed_at is not None:
                raise TotpOn
            secret = pyotp.random_base32()
            new = Totp(
                account_id=account.id,
                secret=core.cipher.seal("totp", account.id, secret),
                last_step=0,
                created_at=core.clock.now(),
                confirmed_at=None,
            )
            await rows.put_totp(session, new)
        uri = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name="Bijou")
        picture = io.BytesIO()
        segno.make(uri, error="m").save(picture, kind="svg", border=4, scale=4, dark="#0B0A0D", light="#F4EFE6")
        return Begun(secret, uri, f"data:image/svg+xml;base64,{base64.b64encode(picture.getvalue()).decode()}")

    async def confirm(self, who: Principal, code: str) -> list[str]:
        """Turn the app on by a code of it; return the recovery codes, which are not shown again."""
        core = self._core
        guess = await core.guesses.at_code(who.account_id, "")
        async with core.db.transaction() as session:
            account = (await self._may(session, who)).account
            app = await rows.totp(session, account.id)
            now = core.clock.now()
            if app is None or app.created_at < now - BEGUN_FOR:
                raise TotpNotBegun
            if app.confirmed_at is not None:
                raise TotpOn
            if not self._is_right(account, app, code):
                raise WrongCode
            app.confirmed_at = now
            codes = await self._new_codes(session, account)
            core.post.owe(session, account, "factor-on")
        await guess.was_right()
        return codes

    async def renew_codes(self, who: Principal) -> list[str]:
        """Void the recovery codes and return others. Raises TotpOff."""
        async with self._core.db.transaction() as session:
            account = (await self._may(session, who)).account
            app = await rows.totp(session, account.id)
            if app is None or app.confirmed_at is None:
                raise TotpOff
            return await self._new_codes(session, account)

    async def turn_off(self, who: Principal) -> None:
        """Ask for no app any more. Doing it twice is no error."""
        core = self._core
        async with core.db.transaction() as session:
            account = (await self._may(session, who)).account
            app = await rows.totp(session, account.id)
            if app is None:
                return
            was_on = app.confirmed_at is not None
            await rows.forget_totp(session, account.id)
            # What was trusted by this app's codes is not by those of the next one.
            await repository.end_trust(session, account.id)
            if was_on:
                core.post.owe(session, account, "factor-off")

    async def step_up(self, who: Principal, password: str, code: str | None, address: str) -> None:
        """Prove oneself again: what is sensitive may be done for a while. Raises WrongPassword, SecondFactorNeeded, WrongCode."""
        core = self._core
        async with core.db.transaction() as session:
            known = (await core.holding(session, who)).account
        await core.check_current_password(known, who, canonical_password(password))
        await self.check(known.id, code, address)
        async with core.db.transaction() as session:
            caller = await core.holding(session, who, lock=True)
            core.still(caller.account, known)
            caller.family.proved_at = core.clock.now()

    async def check(self, account_id: UUID, code: str | None, address: str) -> bool:
        """Check the second factor of an account whose password was right; True when it has one.

        A right code is used up here, in a transaction of its own: it is not good again, whatever fails afterwards.
        """
        core = self._core
        async with core.db.transaction() as session:
            app = await rows.totp(session, account_id)
            if app is None or app.confirmed_at is None:
                return False
        if not code:
            raise SecondFactorNeeded(methods=["totp", "recovery_code"])
        guess = await core.guesses.at_code(account_id, address)
        async with core.db.transaction() as session:
            account = await repository.lock_account(session, account_id)
            app = await rows.totp(session, account_id)
            right = account is not None and app is not None and await self._used(session, account, app, code)
        if not right:
            raise WrongCode
        await guess.was_right()
        return True

    async def _used(self, session: AsyncSession, account: Account, app: Totp, code: str) -> bool:
        """Use a code of the app or a recovery code of the (locked) account up; False when it is not good."""
        if self._is_right(account, app, code):
            return True
        digest = self._core.cipher.marked("recovery", f"{account.id} {plain_code(code)}")
        if not await rows.use_code(session, account.id, digest):
            return False
        self._core.post.owe(session, account, "code-used", left=await rows.codes_left(session, account.id))
        return True

    def _is_right(self, account: Account, app: Totp, code: str) -> bool:
        """Tell whether the app shows this code now, or did or will within half a minute; and let it be good only once."""
        try:
            secret = self._core.cipher.open("totp", account.id, app.secret)
        except NotOurs:
            log.warning(
                "app_does_not_open", account=str(account.id), way_out="the sealing secret is another than it was"
            )
            return False
        now = int(self._core.clock.now().timestamp()) // STEP
        plain = re.sub(r"\s", "", code)
        for step in (now - 1, now, now + 1):
            if (
                secrets.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), plain.encode())
                and step > app.last_step
            ):
                app.last_step = step
                return True
        return False

    async def _new_codes(self, session: AsyncSession, account: Account) -> list[str]:
        codes = new_codes()
        cipher = self._core.cipher
        digests = [cipher.marked("recovery", f"{account.id} {plain_code(code)}") for code in codes]
        await rows.replace_codes(session, account.id, digests, self._core.clock.now())
        return codes

    async def _may(self, session: AsyncSession, who: Principal) -> Caller:
        """Return the holder, who has proved themselves lately, of a (locked) account whose address is confirmed."""
        core = self._core
        caller = await core.holding(session, who, lock=True)
        core.need_confirmed(caller.account)
        core.need_proof(caller.family)
        return caller
