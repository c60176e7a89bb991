"""Mails: owed in the transaction that causes them, handed in afterwards, each by one replica, for as long as it is worth it."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from services.identity import letters, repository
from services.identity.ciphers import Cipher
from services.identity.clients.mailers import WHOLE_SECONDS, Mailer, NotTaken
from services.identity.domain import Email, InvalidEmail, digest_of, parse_email
from services.identity.models import Account, Link, Mail
from services.identity.repository import mails as rows
from services.identity.settings import Settings

log = telemetry.logger(__name__)
MAILS = Counter("bijou_identity_mails_total", "Mails handed in, or given up", ["kind", "outcome"])

# How long each link is good for, from the moment that its mail is sent.
GOOD_FOR = {
    "verify": timedelta(days=2),
    "change": timedelta(days=1),
    "reset": timedelta(minutes=30),
    "unlock": timedelta(minutes=30),
}
# Mails that somebody who is not signed in may cause: so many an hour for one account, whoever asks.
MOST_AN_HOUR = {"reset": 3, "blocked": 1, "verify": 3, "change": 3, "change-taken": 1, "new-device": 3}
# Mails that are of no use later than this; all others are tried for a day.
WORTH_IT = {"reset": timedelta(minutes=30), "blocked": timedelta(minutes=30)}
A_DAY = timedelta(days=1)
# Longer than one try can take: whoever took a mail and died is followed by somebody else.
LEASE = timedelta(seconds=4 * WHOLE_SECONDS)
AT_ONCE = 8
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 1800.0
# Of those who have closed their account only the way back is told.
FOR_CLOSED = frozenset({"reset", "closing"})


class Woken(Protocol):
    """Somebody who is told that there is something to do."""

    def wake(self) -> None: ...


class Post:
    """Where use cases leave what they owe somebody: nothing is sent unless their transaction commits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sender: Woken | None = None

    def tell(self, sender: Woken) -> None:
        """Say who is woken by commits that owe a mail."""
        self._sender = sender

    def owe(self, session: AsyncSession, account: Account, kind: str, *, to: str | None = None, **data: Any) -> None:
        """Owe the (locked) account a mail, to its address or to another one."""
        self._add(session, kind, to or account.email, account.id, data)

    def asked(self, session: AsyncSession, kind: str, address: str) -> None:
        """Owe a mail to whoever has this address, if anybody has; to look it up here would take longer when somebody does."""
        self._add(session, kind, address, None, {})

    def _add(
        self, session: AsyncSession, kind: str, address: str, account_id: UUID | None, data: dict[str, Any]
    ) -> None:
        now = self._clock.now()
        session.add(
            Mail(
                id=new_id(),
                account_id=account_id,
                kind=kind,
                address=address,
                data=data,
                created_at=now,
                due_at=now,
                expires_at=now + WORTH_IT.get(kind, A_DAY),
            )
        )
        if self._sender is not None:
            sender = self._sender
            event.listen(session.sync_session, "after_commit", lambda _session: sender.wake(), once=True)


class Postman(Loop):
    """A component: hands in what is owed. Any number of replicas may run one; each mail is with one of them at a time.

    A server may take a mail and its answer be lost. Then the same mail is handed in again, under the same Message-ID.
    """

    name = "mail"
    every = 10.0

    def __init__(self, db: Database, mailer: Mailer, cipher: Cipher, clock: Clock, settings: Settings) -> None:
        super().__init__()
        self._db = db
        self._mailer = mailer
        self._cipher = cipher
        self._clock = clock
        self._settings = settings

    async def work(self) -> float | None:
        async with self._db.background() as session:
            now = self._clock.now()
            taken = await rows.take(session, now, LEASE, AT_ONCE)
            ready = []
            for mail in taken:
                mail_id, kind, attempts = mail.id, mail.kind, mail.attempts
                try:
                    async with session.begin_nested():
                        written = await self._written(session, mail, now)
                except (SQLAlchemyError, OSError):
                    raise  # the database's, and so everybody's
                except Exception as error:
                    # One that cannot be written, such as of a kind that only a newer replica knows, holds up no other.
                    log.error(
                        "mail_not_written", mail=str(mail_id), kind=kind, reason=f"{type(error).__name__}: {error}"
                    )
                    await rows.put_back(session, mail_id, attempts - 1)
                else:
                    ready.append((mail, written))
        failed = [reason for reason in await asyncio.gather(*(self._deliver(*each) for each in ready)) if reason]
        if failed:
            # Told once for as long as it lasts, here and by /readyz; each mail has its own next try.
            raise NotTaken(failed[0])
        return 0 if taken else None

    async def _written(self, session: AsyncSession, mail: Mail, now: datetime) -> EmailMessage | str:
        """Return the mail as it is handed in, or why it is not."""
        if mail.expires_at <= now:
            return "too late"
        account = await self._whose(session, mail, now)
        if account is None:
            return "nobody's"
        if account.status != "active" and not (account.status == "deleting" and mail.kind in FOR_CLOSED):
            return "nobody's"
        if mail.kind == "verify" and account.email_verified:
            return "no longer needed"
        purpose = letters.LINKS.get(mail.kind)
        address = mail.address
        home = self._settings.public_url.rstrip("/")
        link = ""
        if purpose:
            token = self._cipher.link_token(mail.id, purpose)
            if mail.attempts == 1:  # a link that was used, or voided, before the mail came through does not come back
                await rows.add_link(
                    session,
                    Link(
                        digest=digest_of(token),
                        account_id=account.id,
                        purpose=purpose,
                        address=address,
                        created_at=now,
                        expires_at=now + GOOD_FOR[purpose],
                    ),
                )
            # Behind the #, which browsers keep to themselves: it is in no log and no Referer.
            link = f"{home}{letters.PAGES[purpose]}#{token}"
        profiles = await repository.profiles(session, account.id)
        language = letters.language_of(profiles[0].language if profiles else "")
        letter = letters.write(mail.kind, language, home=home, link=link, **mail.data)
        return message_of(letter, parse_email(address), self._settings.mail_from, mail.id, mail.created_at)

    async def _whose(self, session: AsyncSession, mail: Mail, now: datetime) -> Account | None:
        """Return whose mail it is; one that an address asked for finds its account here, and no more often than is allowed."""
        if mail.account_id is not None:
            return await repository.account(session, mail.account_id)
        try:
            account = await rows.whose(session, parse_email(mail.address).key)
        except InvalidEmail:
            return None
        if account is None:
            return None
        if await rows.count(session, account.id, mail.kind, now - timedelta(hours=1)) >= MOST_AN_HOUR[mail.kind]:
            return None
        mail.account_id, mail.address = account.id, account.email
        await session.flush()
        return account

    async def _deliver(self, mail: Mail, written: EmailMessage | str) -> str:
        """Hand one in and keep what came of it; return what is wrong with the server."""
        state, reason, wrong = "sent", "", ""
        due_at = mail.due_at
        if isinstance(written, str):
            state, reason = "dropped", written
        else:
            try:
                await self._mailer.hand_in(written)
            except NotTaken as error:
                reason = str(error)
                if error.for_good:
                    state = "failed"
                else:
                    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(mail.attempts - 1, 20)) * random.uniform(0.8, 1)
                    due_at = self._clock.now() + timedelta(seconds=pause)
                    state = "waiting" if due_at < mail.expires_at else "failed"
                    wrong = reason
        async with self._db.background() as session:
            await rows.settle(session, mail, mail.attempts, state, reason, due_at)
        if state != "waiting":
            MAILS.labels(mail.kind, state).inc()
        if state == "failed":
            log.warning("mail_failed", mail=str(mail.id), kind=mail.kind, reason=reason)
        return wrong


def message_of(letter: letters.Letter, to: Email, sender: Address, mail_id: UUID, at: datetime) -> EmailMessage:
    """Return the mail. A header takes no line break, so nothing that goes into one can begin another."""
    local = to.address.rpartition("@")[0]
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(username=local, domain=to.key.rpartition("@")[2])
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail_id}@{sender.domain}>"
    # Nobody's holiday notice answers it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def sending(
    db: Database, post: Post, mailer: Mailer | None, cipher: Cipher, clock: Clock, settings: Settings
) -> list[Postman]:
    """Return who sends what the post is left with: nobody where there is nobody to hand it to."""
    if mailer is None:
        log.warning("no_mail_is_sent", way_out="set BIJOU_MAIL_URL")
        return []
    postman = Postman(db, mailer, cipher, clock, settings)
    post.tell(postman)
    return [postman]
