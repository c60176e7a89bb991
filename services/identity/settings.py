"""Every environment variable of identity."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, FilePath, model_validator

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Times in seconds. The limits count attempts within `throttle_window`."""

    signing_key_file: FilePath | None = None
    access_ttl: int = Field(default=600, ge=60, le=3600)
    refresh_ttl: int = Field(default=30 * 24 * 3600, ge=3600)
    refresh_grace: int = Field(default=30, ge=0, le=300)
    max_profiles: int = Field(default=5, ge=1)
    throttle_window: int = Field(default=300, ge=1)
    logins_per_account: int = Field(default=20, ge=1)
    logins_per_address: int = Field(default=100, ge=1)
    registrations_per_address: int = Field(default=50, ge=1)
    pins_per_profile: int = Field(default=10, ge=1)

    @model_validator(mode="after")
    def key_in_production(self) -> Self:
        """Outside development every replica signs with the same key, so there must be one."""
        if self.environment == "production" and self.signing_key_file is None:
            raise ValueError("signing_key_file is needed in production")
        return self

    def signing_keys(self) -> list[str]:
        """Return the private keys of the key file as PEM, the one that signs first; empty without a file."""
        if self.signing_key_file is None:
            return []
        return split_pem(Path(self.signing_key_file).read_text())


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
