"""The demo viewer's plan: bought once, whatever happens in between."""

import json

import httpx
import pytest

from demo.studio import Refused, StudioSettings
from demo.viewer import subscribe

SETTINGS = StudioSettings(
    admin_email="a@bijou.local", admin_password="x", demo_email="demo@bijou.local", demo_password="y"
)


class Platform:
    """What the public API answers, and what it was asked."""

    def __init__(self, status: int = 404, *, declines: bool = False) -> None:
        self.status = status
        self.declines = declines
        self.calls: list[tuple[str, str]] = []
        self.keys: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.calls.append((request.method, path))
        if path == "/auth/login":
            assert json.loads(request.content) == {"email": "demo@bijou.local", "password": "y"}
            return httpx.Response(200, json={"access_token": "t"})
        assert request.headers["Authorization"] == "Bearer t"
        if (request.method, path) == ("GET", "/me/subscription"):
            return httpx.Response(self.status, json={"detail": "none yet", "code": "no_subscription"})
        if path == "/me/subscription":
            self.keys.append(request.headers["Idempotency-Key"])
            if self.declines:
                return httpx.Response(402, json={"detail": "The card was declined.", "code": "payment_declined"})
        return httpx.Response(201, json={"token": "tok", "id": "m1"})

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer), base_url="http://bijou")


def test_a_viewer_without_a_plan_gets_one_under_a_key_that_never_changes() -> None:
    first, second = Platform(), Platform()
    assert subscribe(SETTINGS, first.client()) and subscribe(SETTINGS, second.client())
    assert first.calls[-1] == ("POST", "/me/subscription")
    assert first.keys == second.keys


def test_a_viewer_who_has_had_one_is_left_alone() -> None:
    platform = Platform(200)
    assert not subscribe(SETTINGS, platform.client())
    assert platform.calls[-1] == ("GET", "/me/subscription")


@pytest.mark.parametrize("platform", [Platform(503), Platform(declines=True)])
def test_a_refusal_is_told(platform: Platform) -> None:
    with pytest.raises(Refused):
        subscribe(SETTINGS, platform.client())
