"""Settings: one class per service, read once, every mistake reported together."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Names a folder of files, each called as the setting it holds: how containers are given secrets. The environment goes first.
SECRETS_DIR = "BIJOU_SECRETS_DIR"
PLACEHOLDERS = ("changeme", "change-me", "secret", "password", "placeholder", "insecure")


class ServiceSettings(BaseSettings):
    """What every service needs to know; read from `BIJOU_*` environment variables, and from files by `load`."""

    model_config = SettingsConfigDict(env_prefix="BIJOU_", extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    public_url: str = "http://127.0.0.1:8080"
    # Who brings it is the gateway, and believed about the caller's address. Nobody is while it is empty. Each service knows its
    # own share (`libs.chassis.security.shares`), the gateway the secret itself.
    gateway_secret: SecretStr = SecretStr("")
    jwks_url: str = "http://127.0.0.1:8001/.well-known/jwks.json"
    jwks_cache: str | None = None
    database_url: str = ""
    # Where `database_url` leads through a transaction pooler: that it does, and the server itself.
    database_pooled: bool = False
    database_direct_url: str = ""
    redis_url: str = ""
    kafka_bootstrap: str = ""
    # Whether the broker's data ends with its process, so that the end of its process means publishing everything again.
    kafka_forgets: bool = False
    # How long what a consumer was reading waits for it after a crash; it says three times as often that it lives. Brokers allow
    # no less than 6 by themselves.
    kafka_session_seconds: int = Field(default=6, ge=6, le=300)
    # Kafka's own names. With `ssl` the broker's certificate must be signed by `kafka_ca_file`, or by the system's authorities.
    kafka_security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    kafka_ca_file: str = ""
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: SecretStr | None = None
    object_store_url: str = ""
    secrets_dir: str = ""

    def file_of(self, name: str) -> Path | None:
        """Return the file of `secrets_dir` that holds a setting; None where there is none."""
        path = Path(self.secrets_dir) / f"BIJOU_{name.upper()}"
        return path if self.secrets_dir and path.is_file() else None

    @property
    def direct_url(self) -> str:
        """Return the address of the database's server itself."""
        return self.database_direct_url or self.database_url

    @model_validator(mode="after")
    def backends_are_whole(self) -> Self:
        """Refuse half of an address or of a sign-in."""
        if self.database_pooled and not self.database_direct_url:
            raise ValueError(
                "database_pooled needs database_direct_url too: the outbox and migrations cannot use a pooler"
            )
        if self.kafka_security.startswith("sasl") and not (self.kafka_username and self.kafka_password):
            raise ValueError("kafka_security with sasl needs kafka_username and kafka_password")
        if self.kafka_password and self.kafka_security == "sasl_plaintext" and self.environment == "production":
            raise ValueError("kafka_security sasl_plaintext shows the password to the network: use sasl_ssl")
        return self

    @model_validator(mode="after")
    def no_placeholders_in_production(self) -> Self:
        """Refuse to start in production with a secret that is only a placeholder."""
        if self.environment == "production":
            for name in type(self).model_fields:
                value = getattr(self, name)
                if isinstance(value, SecretStr) and (
                    len(value.get_secret_value()) < 16 or value.get_secret_value().lower().startswith(PLACEHOLDERS)
                ):
                    raise ValueError(f"{name} is a placeholder or shorter than 16 characters")
        return self


S = TypeVar("S", bound=ServiceSettings)


class WrongSettings(Exception):
    """Settings that a service would not start with; `mistakes` names each."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


def read(cls: type[S]) -> S:
    """Read the settings from the environment and the files of BIJOU_SECRETS_DIR. Raises WrongSettings, with every mistake."""
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        raise WrongSettings([f"{SECRETS_DIR}: {folder} is no folder"])
    try:
        return cls(_secrets_dir=folder or None)
    except ValidationError as error:
        named = [("_".join(str(part) for part in item["loc"]).upper(), item["msg"]) for item in error.errors()]
        raise WrongSettings([f"{'BIJOU_' + name if name else 'settings'}: {said}" for name, said in named]) from None


def load(cls: type[S]) -> S:
    """Read the settings as `read` does; on any mistake print all and exit with 2."""
    try:
        return read(cls)
    except WrongSettings as wrong:
        print(f"{cls.__name__}: these settings are wrong:", file=sys.stderr)  # noqa: T201
        for mistake in wrong.mistakes:
            print(f"  {mistake}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
