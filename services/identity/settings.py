"""Every environment variable of identity."""

from __future__ import annotations

import re
from email.headerregistry import Address, AddressHeader
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, field_validator, model_validator

from libs.chassis.countries import COUNTRIES
from libs.chassis.settings import ServiceSettings

# Before the first key, where no reader of PEM looks (RFC 7468, 2).
SINCE = re.compile(r"^# since (\d{1,12})$", re.MULTILINE)
MAIL_SCHEMES = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


class Settings(ServiceSettings):
    """Times in seconds. The limits count attempts within `throttle_window`; those `…_before_delay` within an hour.

    Keys rotate with overlap: `bijou keys rotate` puts the new key first in `signing_key_file`, which is followed, and leaves the
    old one behind it. For `signing_overlap` the new key is only published, so that every verifier, which asks for keys once a
    minute, knows it before it signs; it counts from the `# since` line of the file, or from when a replica saw the file change.
    Make it longer than all replicas take to see it. `bijou keys retire` takes the old key out when tokens that it signed have
    ended: `access_ttl` after the overlap.
    """

    signing_key_file: FilePath | None = None
    signing_overlap: int = Field(default=300, ge=120)
    access_ttl: int = Field(default=600, ge=60, le=3600)
    refresh_ttl: int = Field(default=30 * 24 * 3600, ge=3600)
    refresh_grace: int = Field(default=30, ge=0, le=300)
    max_profiles: int = Field(default=5, ge=1)
    max_sign_ins: int = Field(default=100, ge=1)  # of one account at a time; beyond it the one used longest ago ends
    throttle_window: int = Field(default=300, ge=1)
    logins_per_account: int = Field(default=10, ge=1)  # from one address, or from one device that proved itself
    logins_before_delay: int = Field(default=100, ge=1)  # at one account, from everywhere
    logins_per_address: int = Field(default=100, ge=1)
    registrations_per_address: int = Field(default=50, ge=1)
    pins_per_profile: int = Field(default=10, ge=1)  # from one sign-in
    pins_before_delay: int = Field(default=30, ge=1)  # at one profile, from every sign-in
    secrets_per_sign_in: int = Field(default=60, ge=1)  # given or made, right or wrong: each takes a core for a while
    closed_kept: int = Field(default=30 * 24 * 3600, ge=0)  # until an account that its holder has closed is erased
    # Where mails are handed in: see `check_mail_url`. Without it none are sent.
    mail_url: SecretStr = SecretStr("")
    mail_sender: str = "Bijou <no-reply@bijou.local>"
    mails_per_address: int = Field(default=20, ge=1)  # that somebody at one network address may ask for
    # What the database holds sealed or hashed with a key is so under this one; another voids it all.
    sealing_secret: SecretStr = SecretStr("")
    # SHA-1 of passwords from breaches, in order: `services/identity/breached.py`. Without it those that are met most.
    breached_passwords: FilePath | None = None
    country_database: FilePath | None = None
    default_country: str = Field(default="US", pattern="^[A-Z]{2}$")

    @model_validator(mode="after")
    def key_in_production(self) -> Self:
        """Outside development every replica signs with the same key, so there must be one."""
        if self.environment == "production" and self.signing_key_file is None:
            raise ValueError("signing_key_file is needed in production")
        return self

    @field_validator("mail_url")
    @classmethod
    def mails_can_go_there(cls, value: SecretStr) -> SecretStr:
        """Refuse an address that nothing can be handed in at."""
        if value.get_secret_value():
            check_mail_url(value.get_secret_value())
        return value

    @field_validator("mail_sender")
    @classmethod
    def a_sender(cls, value: str) -> str:
        """Refuse what is no one address, with or without a name."""
        sender_of(value)
        return value

    @property
    def mail_from(self) -> Address:
        """Return whom mails come from."""
        return sender_of(self.mail_sender)

    @model_validator(mode="after")
    def a_country_that_there_is(self) -> Self:
        """The default is used without further checks."""
        if self.default_country not in COUNTRIES:
            raise ValueError("default_country is no ISO 3166-1 alpha-2 code")
        return self


def since(document: str) -> float | None:
    """Return when the first key of a document was put there, in Unix seconds, where a line says it: `# since 1764277200`."""
    found = SINCE.search(document)
    return float(found[1]) if found else None


def check_mail_url(url: str) -> None:
    """Raise ValueError unless mails can be handed in there.

    `smtp://user:password@host:587` (STARTTLS, insisted on) · `smtps://…:465` · `smtp+plain://host:25`, which shows mails to the
    network and so takes no password · `file:///folder`.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        if not parts.path.startswith("/") or parts.netloc:
            raise ValueError("a folder for mails is file:///its/path")
        return
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
        raise ValueError(f"mails go to {', '.join(f'{scheme}://host' for scheme in MAIL_SCHEMES)} or file:///folder")
    if parts.scheme == "smtp+plain" and parts.username:
        raise ValueError("smtp+plain shows the password to the network: use smtp or smtps")
    _ = parts.port  # raises where it is no port


def sender_of(text: str) -> Address:
    """Return the one address of a text such as `Bijou <no-reply@films.example>`. Raises ValueError."""
    if any(character in text for character in "\r\n"):
        raise ValueError("mail_sender is one line")
    header = AddressHeader.value_parser(text)
    found = [mailbox for mailbox in header.all_mailboxes if mailbox.local_part and mailbox.domain]
    if len(found) != 1 or header.defects:
        raise ValueError("mail_sender is one address, such as Bijou <no-reply@films.example>")
    return Address(found[0].display_name or "", found[0].local_part, found[0].domain)


def split_pem(document: str) -> list[str]:
    """Return each PEM block of a document."""
    blocks: list[str] = []
    lines: list[str] = []
    for line in document.splitlines():
        if line.startswith("-----BEGIN"):
            lines = []
        lines.append(line)
        if line.startswith("-----END"):
            blocks.append("\n".join(lines) + "\n")
    return blocks
