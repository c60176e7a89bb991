"""Settings report everything wrong at once and refuse placeholders in production."""

import pytest
from pydantic import SecretStr

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
