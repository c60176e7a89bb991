"""Handing in a mail: to a server by SMTP (RFC 5321), or into a folder where a laptop's owner finds it."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.identity.settings import MAIL_SCHEMES

# For a connection, and for each answer; and for the whole of it, however slowly a server drips.
ANSWER_SECONDS = 10.0
WHOLE_SECONDS = 30.0
KEPT_IN_FOLDER = 7 * 24 * 3600
MOST_IN_FOLDER = 1000
# The server does not like how we signed in: that is our mistake, not the mail's.
NOT_THE_MAILS = frozenset({421, 450, 451, 452, 454, 530, 534, 535, 538})


class NotTaken(Exception):
    """A mail was not taken; `for_good`: nor will it ever be, so that trying again is no use."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Mailer(Protocol):
    """Hands in mails. What it raises is a NotTaken."""

    async def hand_in(self, message: EmailMessage) -> None: ...


def mailer_of(url: str) -> Mailer:
    """Return who takes mails at `url`; one that the settings have accepted."""
    parts = urlsplit(url)
    return Folder(Path(unquote(parts.path))) if parts.scheme == "file" else Server(url)


class Server:
    """A server that speaks SMTP: a connection for each mail, a deadline for everything."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), parts.port or MAIL_SCHEMES[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._scheme = parts.scheme
        self._tls = tls

    async def hand_in(self, message: EmailMessage) -> None:
        """Return once the server has taken responsibility for the mail."""
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp",
            tls_context=self._tls,
            timeout=ANSWER_SECONDS,
        )
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                await client.connect()
                await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _answered(error.recipients[0]) from error
        except aiosmtplib.SMTPNotSupported as error:
            # The address has letters that this server cannot spell (RFC 6531).
            raise NotTaken(str(error), for_good=True) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotTaken(f"{type(error).__name__}: {error}") from error
        finally:
            # It has the mail: whether it says goodbye does not matter.
            with suppress(Exception):
                client.close()


def _answered(error: aiosmtplib.SMTPResponseException) -> NotTaken:
    return NotTaken(
        f"{error.code} {error.message}"[:300], for_good=error.code >= 500 and error.code not in NOT_THE_MAILS
    )


class Folder:
    """A folder with a file for each mail, `<its id>.eml`; those of the last week are kept, and no more than a thousand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def hand_in(self, message: EmailMessage) -> None:
        """Write the mail whole or not at all; the same mail again replaces the first."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise NotTaken(f"{type(error).__name__}: {error}") from error

    def _write(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        path = self.folder / f"{name}.eml"
        # With its right owner from the first byte: links in it open accounts.
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(message.as_bytes())
        draft.replace(path)
        self._tidy()

    def _tidy(self) -> None:
        newest = sorted(self.folder.glob("*.eml"), reverse=True)  # their ids grow with time
        for place, path in enumerate(newest):
            with suppress(FileNotFoundError):
                if place >= MOST_IN_FOLDER or path.stat().st_mtime < time.time() - KEPT_IN_FOLDER:
                    path.unlink()
