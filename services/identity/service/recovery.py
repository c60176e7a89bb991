"""What is proved by a mailbox: that an address is somebody's, that an account is, and which address it shall have."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.http.networks import networks
from libs.chassis.problems import Conflict, Gone, TooMany
from libs.contracts.token import Principal
from services.identity import repository
from services.identity.domain import (
    Email,
    InvalidEmail,
    canonical_password,
    digest_of,
    parse_email,
)
from services.identity.models import Account, Link
from services.identity.repository import mails
from services.identity.service.accounts import EmailTaken
from services.identity.service.base import Core, WrongPassword
from services.identity.service.mails import GOOD_FOR, MOST_AN_HOUR

HOUR = timedelta(hours=1)


class LinkInvalid(Gone):
    """This link was used already, or its time is over. Ask for a new one."""

    code = "link_invalid"


class AlreadyVerified(Conflict):
    """This address is confirmed already; there is nothing left to do."""

    code = "email_verified_already"


class SameEmail(Conflict):
    """This is the address that the account has. Give the one it shall have."""

    code = "same_email"


class Recovery:
    """Use cases around mailboxes."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def forgot(self, email: str, address: str) -> None:
        """Mail a link to who has this address, if anybody has; nothing that is answered, nor when, says whether."""
        try:
            parsed = parse_email(email)
        except InvalidEmail:
            parsed = None
        await self._count(address)
        if parsed is not None:
            await self.ask("reset", parsed)

    async def ask(self, kind: str, parsed: Email) -> None:
        """Owe a mail to who has an address; what was asked for too often is dropped when it is looked up, unseen."""
        async with self._core.db.transaction() as session:
            self._core.post.asked(session, kind, parsed.address)

    async def reset(self, token: str, password: str) -> None:
        """Set a password by a mailed link, and sign out everywhere. A weak password leaves the link good."""
        core = self._core
        digest = digest_of(token)
        async with core.db.transaction() as session:
            link, known = await self._linked(session, digest, "reset")
        password = canonical_password(password)
        await core.check_new_password(password, known.email, known.name)
        hashed = await core.hasher.hash(password)
        async with core.db.transaction() as session:
            account = await self._take(session, digest, link)
            account.password_hash = hashed
            # Whoever reads the mailbox has the account: its address is proved too.
            account.email_verified = True
            await repository.distrust_devices(session, account.id)
            await core.void_links(session, account)
            await core.revoke(session, account.id, "password_changed")
            # While others guess, no device proves itself now, and a mailed way in is void: this one is theirs until they are in.
            await mails.add_link(session, self._way_in(digest, link))
            core.post.owe(session, account, "password-changed")

    def _way_in(self, digest: bytes, used: Link) -> Link:
        """Return what a link that has set a password is good for then: a sign-in with tries of its own, once."""
        now = self._core.clock.now()
        return Link(
            digest=digest,
            account_id=used.account_id,
            purpose="unlock",
            address=used.address,
            created_at=now,
            expires_at=now + GOOD_FOR["unlock"],
        )

    async def verify(self, token: str) -> tuple[str, bool]:
        """Confirm an address by a mailed link. Return it, and whether it has replaced another."""
        core = self._core
        digest = digest_of(token)
        async with core.db.transaction() as session:
            link, _ = await self._linked(session, digest, "verify", "change")
            account = await self._take(session, digest, link)
            if link.purpose == "verify":
                if link.address != account.email:
                    raise LinkInvalid
                account.email_verified = True
                return account.email, False
            return await self._change(session, account, parse_email(link.address)), True

    async def _change(self, session: AsyncSession, account: Account, new: Email) -> str:
        """Give the (locked) account another address and tell both."""
        core = self._core
        old = account.email
        try:
            async with session.begin_nested():
                account.email, account.email_key, account.email_verified = new.address, new.key, True
                await session.flush()
        except IntegrityError:
            raise EmailTaken from None
        # What was mailed to the old address opens nothing any more.
        await core.void_links(session, account)
        for address in (old, new.address):
            core.post.owe(session, account, "changed", to=address)
        return new.address

    async def send_again(self, who: Principal) -> None:
        """Mail the link that confirms the account's address once more."""
        async with self._core.db.transaction() as session:
            account = (await self._core.holding(session, who, lock=True)).account
            if account.email_verified:
                raise AlreadyVerified
            await self._sparingly(session, account, "verify")
            self._core.post.owe(session, account, "verify")

    async def change_email(self, who: Principal, email: str, password: str) -> None:
        """Mail the new address a link, and tell the old one. Whether somebody else has the new one is told there alone."""
        core = self._core
        new = parse_email(email)
        async with core.db.transaction() as session:
            caller = await core.holding(session, who)
            await core.need_factor(session, caller)
            known = caller.account
        await core.check_current_password(known, who, canonical_password(password))
        if new.key == known.email_key:
            raise SameEmail
        await core.guesses.mail_to(new.key)
        async with core.db.transaction() as session:
            account = (await core.holding(session, who, lock=True)).account
            if account.password_hash != known.password_hash:  # changed while it was being checked
                raise WrongPassword
            await self._sparingly(session, account, "change-asked", "change")
            owner = await repository.account_by_email(session, new.key)
            core.post.owe(session, account, "change-asked")
            if owner is None:
                core.post.owe(session, account, "change", to=new.address)
            elif owner.id != account.id:
                core.post.asked(session, "change-taken", new.address)

    async def _linked(self, session: AsyncSession, digest: bytes, *purposes: str) -> tuple[Link, Account]:
        """Return a good link and its account. Raises LinkInvalid."""
        link = await mails.link(session, digest, purposes, self._core.clock.now())
        account = await repository.account(session, link.account_id) if link else None
        if link is None or account is None or account.status not in ("active", "deleting"):
            raise LinkInvalid
        return link, account

    async def _take(self, session: AsyncSession, digest: bytes, link: Link) -> Account:
        """Use a link up and return its account, locked. Of two who have it one comes first."""
        account = await repository.lock_account(session, link.account_id)
        if account is None or not await mails.use_link(session, digest, link.purpose, self._core.clock.now()):
            raise LinkInvalid
        return account

    async def _sparingly(self, session: AsyncSession, account: Account, kind: str, limit: str = "") -> None:
        """Raise TooMany when the (locked) account had a lot of these mails in the last hour."""
        since = self._core.clock.now() - HOUR
        if await mails.count(session, account.id, kind, since) >= MOST_AN_HOUR[limit or kind]:
            raise TooMany(retry_after=int(HOUR.total_seconds()))

    async def _count(self, address: str) -> None:
        settings = self._core.settings
        for network, share in networks(address):
            limit = settings.mails_per_address * share
            await self._core.limiter.hit("identity.mails", network, limit, settings.throttle_window)
