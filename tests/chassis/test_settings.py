"""Settings report everything wrong at once and refuse placeholders in production."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from libs.chassis import settings


class Sample(settings.ServiceSettings):
    grant_secret: SecretStr
    lease_seconds: int = 30


def test_every_mistake_is_reported_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BIJOU_GRANT_SECRET", raising=False)
    monkeypatch.setenv("BIJOU_LEASE_SECONDS", "soon")
    monkeypatch.setenv("BIJOU_PORT", "x")
    with pytest.raises(SystemExit) as stopped:
        settings.load(Sample)
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert all(name in said for name in ("BIJOU_GRANT_SECRET", "BIJOU_LEASE_SECONDS", "BIJOU_PORT"))


@pytest.mark.parametrize("secret", ["changeme-changeme-changeme", "short"])
def test_production_refuses_placeholders(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("BIJOU_GRANT_SECRET", secret)
    assert settings.load(Sample).environment == "development"
    monkeypatch.setenv("BIJOU_ENVIRONMENT", "production")
    with pytest.raises(SystemExit):
        settings.load(Sample)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"database_pooled": True}, "database_direct_url"),
        ({"kafka_security": "sasl_ssl", "kafka_username": "bijou"}, "kafka_password"),
        ({"kafka_security": "sasl_ssl", "kafka_password": "a long enough one"}, "kafka_username"),
        ({"kafka_security": "SSL"}, "kafka_security"),
        (
            {
                "environment": "production",
                "gateway_secret": "abcdefghijklmnop",
                "kafka_security": "sasl_plaintext",
                "kafka_username": "bijou",
                "kafka_password": "a long enough one",
            },
            "sasl_ssl",
        ),
    ],
)
def test_half_a_backend_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings.ServiceSettings(**wrong)


def test_a_broker_without_a_password_is_no_placeholder() -> None:
    settings.ServiceSettings(environment="production", gateway_secret=SecretStr("abcdefghijklmnop"))
