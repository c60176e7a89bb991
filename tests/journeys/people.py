"""Those who use the platform in a journey: a viewer and a member of staff, both over the public API alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from jose import jwt

T = TypeVar("T")
PASSWORD = "a quiet lighthouse 42"
TUS = {"Tus-Resumable": "1.0.0"}


def eventually(read: Callable[[], T | None], seconds: float = 30, every: float = 0.2) -> T:
    """Return the first truthy thing `read` finds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = read()
        if found:
            return found
        where = f"{read.__qualname__}, line {read.__code__.co_firstlineno}" if isinstance(read, FunctionType) else read
        assert time.monotonic() < deadline, f"it never came true within {seconds:g} s: {where}"
        time.sleep(every)


class Person:
    """Somebody signed in."""

    def __init__(self, url: str, answer: dict[str, Any]) -> None:
        self.url = url
        self.tokens = answer
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=15, trust_env=False)
        self._sign(answer["access_token"])

    def _sign(self, token: str) -> None:
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, expect: int = 200, **more: Any) -> Any:
        """Make a request, expect a status, return the body."""
        answer = self.http.request(method, path, **more)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer.json() if answer.content else None

    @property
    def profile_id(self) -> str:
        """The profile of this sign-in, also while its token is out of date: the browser has the one to refresh with."""
        return str(jwt.get_unverified_claims(self.tokens["access_token"])["pid"])

    def close(self) -> None:
        self.http.close()


class Viewer(Person):
    """Registers, pays, watches."""

    @classmethod
    def register(cls, url: str, *, country: str | None = None) -> Viewer:
        email = f"{uuid4().hex[:12]}@example.org"
        body = {"email": email, "password": PASSWORD, "name": "Iris"} | ({"country": country} if country else {})
        answer = httpx.post(f"{url}/api/v1/auth/register", json=body, timeout=15, trust_env=False)
        assert answer.status_code == 201, answer.text
        viewer = cls(url, answer.json())
        viewer.email = email
        return viewer

    email = ""

    def on_another_device(self, kind: str = "tv") -> Viewer:
        """The same person signing in elsewhere."""
        body = {"email": self.email, "password": PASSWORD, "device": {"name": f"A {kind}", "type": kind}}
        answer = httpx.post(f"{self.url}/api/v1/auth/login", json=body, timeout=15, trust_env=False)
        assert answer.status_code == 200, answer.text
        other = Viewer(self.url, answer.json())
        other.email = self.email
        return other

    def choose_profile(self) -> None:
        """Watch as the account's first profile from here on, also when renewed."""
        profile = self.call("GET", "/me/profiles")["items"][0]["id"]
        self._sign(self.call("POST", f"/me/profiles/{profile}/select", json={})["access_token"])

    def pay(self, number: str = "4242424242424242") -> str:
        """Add a card; return the payment method's id."""
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        token = self.call("POST", "/billing/sandbox/tokens", 201, json=card)["token"]
        return str(self.call("POST", "/me/payment-methods", 201, json={"provider": "sandbox", "token": token})["id"])

    def subscribe(
        self, plan: str = "standard", *, number: str = "4242424242424242", interval: str = "month", expect: int = 201
    ) -> Any:
        """Choose a plan and pay for it: by the month it begins with a trial, by the year it is charged at once."""
        plans = self.call("GET", "/plans")["items"]
        plan_id = next(item["id"] for item in plans if plan in item["id"] and item["interval"] == interval)
        return self.call(
            "POST",
            "/me/subscription",
            expect,
            json={"plan_id": plan_id, "payment_method_id": self.pay(number)},
            headers={"Idempotency-Key": uuid4().hex},
        )

    def play(self, playable_id: str, expect: int = 201) -> Any:
        """Start a session."""
        return self.call("POST", "/playback/sessions", expect, json={"playable_id": playable_id})

    def beat(
        self, session: dict[str, Any], seq: int, position: float, state: str = "playing", expect: int = 200
    ) -> Any:
        """Send one heartbeat."""
        body = {"seq": seq, "fencing": session["fencing"], "position": position, "state": state}
        return self.call("POST", f"/playback/sessions/{session['session_id']}/heartbeat", expect, json=body)


class Renewed(httpx.Auth):
    """Signs in again where a token has run out: a run of all journeys lasts longer than one."""

    def __init__(self, url: str, account: dict[str, str]) -> None:
        self._url = url
        self._account = account
        self.tokens = self._sign_in()

    def _sign_in(self) -> dict[str, Any]:
        answer = httpx.post(f"{self._url}/api/v1/auth/login", json=self._account, timeout=15, trust_env=False)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        answer = yield request
        if answer.status_code == 401:
            self.tokens = self._sign_in()
            request.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
            yield request


class Staff(Person):
    """Adds films."""

    @classmethod
    def sign_in(cls, url: str, account: dict[str, str]) -> Staff:
        renewed = Renewed(url, account)
        person = cls(url, renewed.tokens)
        person.http.auth = renewed
        return person

    def new_film(self, name: str, **more: Any) -> dict[str, Any]:
        """Make a draft; return it with its name."""
        body = {
            "type": "movie",
            "name": name,
            "description": "A test of light.",
            "year": 2026,
            "genres": ["Drama"],
            **more,
        }
        made: dict[str, Any] = self.call("POST", "/admin/titles", 201, json=body)
        return {"name": name, **made}

    def begin_upload(self, playable_id: str, file: Path, *, label_rungs: bool = False) -> str:
        """Create a tus upload; return its path."""
        import base64

        pairs = {"filename": file.name, "playable_id": playable_id} | ({"label_rungs": "1"} if label_rungs else {})
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())
        headers = {**TUS, "Upload-Length": str(file.stat().st_size), "Upload-Metadata": metadata}
        answer = self.http.post("/admin/uploads", headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"].removeprefix("/api/v1").removeprefix(f"{self.url}/api/v1")

    def send(self, upload: str, file: Path, offset: int = 0, length: int | None = None) -> int:
        """Send bytes from `offset`; return the offset that was acknowledged."""
        with file.open("rb") as handle:
            handle.seek(offset)
            data = handle.read(length) if length is not None else handle.read()
        headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        answer = self.http.patch(upload, content=data, headers=headers, timeout=120)
        assert answer.status_code == 204, answer.text
        return int(answer.headers["Upload-Offset"])

    def asset_of(self, upload: str) -> str:
        """The asset a complete upload became."""
        return str(eventually(lambda: self.call("GET", upload).get("asset_id")))

    def wait_for(self, asset_id: str, seconds: float = 400) -> dict[str, Any]:
        """Wait until the job has ended, well or badly."""

        def ended() -> dict[str, Any] | None:
            asset: dict[str, Any] = self.call("GET", f"/admin/assets/{asset_id}")
            return asset if asset["status"] in ("ready", "failed", "cancelled") else None

        return eventually(ended, seconds, 0.5)

    def publish(self, title_id: str) -> None:
        """Publish, as soon as the catalogue has heard that the asset is ready."""
        eventually(lambda: self.http.post(f"/admin/titles/{title_id}/publish").status_code == 200)

    def add_film(self, name: str, file: Path, **more: Any) -> dict[str, Any]:
        """The whole way of a film: draft, upload, encode, publish."""
        film = self.new_film(name, **more)
        upload = self.begin_upload(film["playable_id"], file, label_rungs=True)
        self.send(upload, file)
        asset = self.wait_for(self.asset_of(upload))
        assert asset["status"] == "ready", asset
        self.publish(film["id"])
        return {**film, "asset": asset}
