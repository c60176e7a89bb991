"""What every Kafka client is made with: where the broker is, and how it and we prove who we are."""

from __future__ import annotations

import ssl
from typing import Any

from libs.chassis.settings import ServiceSettings


def client_options(settings: ServiceSettings) -> dict[str, Any]:
    """Return the arguments that producers, consumers and administrators have in common."""
    options: dict[str, Any] = {"security_protocol": settings.kafka_security.upper()}
    if settings.kafka_security.endswith("ssl"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_security.startswith("sasl"):
        assert settings.kafka_password is not None  # the settings have seen to it
        options["sasl_mechanism"] = settings.kafka_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return options
