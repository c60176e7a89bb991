"""Both keys are changed, from the first step to the last, while people sign in, stay signed in and watch: nobody is refused."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from jose import jwt

from deploy.operations.keys import SPREAD_HERE
from libs.chassis.security.tokens import Signer
from services.identity.settings import split_pem
from services.playback.grants import Grants, parted
from tests.journeys import films, platform
from tests.journeys.people import PASSWORD, Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = [pytest.mark.fault, pytest.mark.slow]
JSON = dict[str, Any]
# As short as the services allow, so that all of it can be waited for.
TIMES = {"SIGNING_OVERLAP": "120", "ACCESS_TTL": "60", "GRANT_OVERLAP": "60", "LONGEST_SESSION": "90"}


@pytest.fixture(scope="module")
def bijou() -> Iterator[Running]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in TIMES.items():
            patch.setenv(f"BIJOU_{name}", value)
        with platform.running("--no-demo") as found:
            yield found


class Going(threading.Thread):
    """Does one thing again and again until it is stopped; counts what went well and keeps what did not."""

    def __init__(self, what: Callable[[], None], every: float) -> None:
        super().__init__(daemon=True)
        self._what = what
        self._every = every
        self.stopped = threading.Event()
        self.done = 0
        self.failed: list[str] = []

    def run(self) -> None:
        while not self.stopped.wait(self._every):
            try:
                self._what()
                self.done += 1
            except Exception as error:
                self.failed.append(f"{time.strftime('%X')} {type(error).__name__}: {error}"[:500])


class SignedIn:
    """Somebody who asks for things, and renews the sign-in well before it ends, as the app does."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._renewed = time.monotonic()

    def ask(self) -> None:
        if time.monotonic() - self._renewed > 30:
            answer = self.viewer.call(
                "POST", "/auth/refresh", json={"refresh_token": self.viewer.tokens["refresh_token"]}
            )
            self.viewer.tokens = answer
            self.viewer._sign(answer["access_token"])
            self._renewed = time.monotonic()
        for path in ("/me", "/me/profiles", "/titles"):
            self.viewer.call("GET", path)


class Watching(SignedIn):
    """Somebody who watches one stream to the end of what it may last, and then begins the next."""

    def __init__(self, viewer: Viewer, playable: str) -> None:
        super().__init__(viewer)
        self._playable = playable
        self._session: JSON | None = None
        self._began = 0.0
        self._seq = 0
        self.oldest = 0.0

    def ask(self) -> None:
        super().ask()
        if self._session is None or time.monotonic() - self._began > 80:
            if self._session:
                self.viewer.call("DELETE", f"/playback/sessions/{self._session['session_id']}", 204)
            self._session, self._began, self._seq = self.viewer.play(self._playable), time.monotonic(), 0
        answer = httpx.get(f"{self.viewer.url}{self._session['manifests']['hls']}", timeout=15)
        assert answer.status_code == 200, f"a grant {time.monotonic() - self._began:.0f} s old: {answer.status_code}"
        self.oldest = max(self.oldest, time.monotonic() - self._began)
        self._seq += 1
        if self._seq % 5 == 0:
            self.viewer.beat(self._session, self._seq, 1.0)


@pytest.mark.timeout(900)
def test_nobody_is_signed_out_and_no_stream_breaks(bijou: Running, tmp_path: Path) -> None:
    staff = Staff.sign_in(bijou.url, bijou.admin)
    film = staff.add_film("Slow Turn", films.make(tmp_path / "film.mp4", seconds=8, width=640, height=360))
    people = [Viewer.register(bijou.url) for _ in range(4)]
    for person in people:
        person.subscribe("standard")

    def sign_in() -> None:
        body = {"email": people[0].email, "password": PASSWORD}
        answer = httpx.post(f"{bijou.url}/api/v1/auth/login", json=body, timeout=15)
        assert answer.status_code == 200, answer.text
        me = httpx.get(
            f"{bijou.url}/api/v1/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"}, timeout=15
        )
        assert me.status_code == 200, me.text

    watching = [Watching(person, film["playable_id"]) for person in people[2:]]
    load = [
        *(Going(SignedIn(person).ask, 0.1) for person in people[:2]),
        *(Going(person.ask, 0.1) for person in watching),
        Going(sign_in, 2.0),
    ]
    for each in load:
        each.start()
    eventually(lambda: all(each.done for each in load))

    pem = bijou.data / "signing_key.pem"
    old, old_secret = pem.read_text(), _grant(bijou)
    began = time.monotonic()
    rotated = platform.bijou(bijou.data, "keys", "rotate")
    assert rotated.returncode == 0, rotated.stdout
    again = platform.bijou(bijou.data, "keys", "rotate")
    assert (again.returncode, "being changed already" in again.stdout) == (1, True)
    early = platform.bijou(bijou.data, "keys", "retire")
    assert (early.returncode, early.stdout.count("may still live")) == (1, 2)
    new = split_pem(pem.read_text())[0]
    assert _kids(bijou, 2) == {Signer(new).kid, Signer(old).kid}, "both are published"

    eventually(lambda: platform.bijou(bijou.data, "keys", "retire").returncode == 0, 300, 5)
    took = time.monotonic() - began
    assert took > 120 + 60 + SPREAD_HERE.total_seconds() - 5
    assert _kids(bijou, 1) == {Signer(new).kid}, "the old one is gone"
    time.sleep(20)  # what still hung on the old one would fail now
    for each in load:
        each.stopped.set()
    for each in load:
        each.join(30)
    print(
        f"{sum(each.done for each in load)} rounds over {took:.0f} s; the oldest grant {max(w.oldest for w in watching):.0f} s"
    )
    assert [failure for each in load for failure in each.failed] == []
    assert min(each.done for each in load) > 10
    assert max(person.oldest for person in watching) > 70, "streams outlived the change of their key"

    # Who kept the old keys has nothing any more.
    who = httpx.get(f"{bijou.url}/api/v1/me", headers={"Authorization": f"Bearer {_forged(old, people[0])}"})
    assert who.status_code == 401
    path = people[2].play(film["playable_id"])["manifests"]["hls"].split("/", 3)[3]
    asset, expires = UUID(path.partition("/")[0]), int(time.time()) + 60
    statuses = {}
    for name, secret in {"old": old_secret, "new": parted(_grant(bijou))[0][0]}.items():
        grant = Grants(secret).sign(asset, asset, 2160, expires)
        statuses[name] = httpx.get(f"{bijou.url}/media/{grant}/{path}").status_code
    assert statuses == {"old": 403, "new": 200}


def _grant(bijou: Running) -> str:
    return str(json.loads((bijou.data / "secrets.json").read_text())["grant"])


def _kids(bijou: Running, wanted: int) -> set[str]:
    def published() -> set[str] | None:
        keys = httpx.get(f"{bijou.url}/.well-known/jwks.json").json()["keys"]
        return {key["kid"] for key in keys} if len(keys) == wanted else None

    return eventually(published)


def _forged(pem: str, of: Viewer) -> str:
    """A token that says what a good one says, signed by the key that is gone."""
    said = jwt.get_unverified_claims(of.tokens["access_token"])
    now = int(time.time())
    headers = {"kid": Signer(pem).kid, "typ": jwt.get_unverified_header(of.tokens["access_token"])["typ"]}
    return str(jwt.encode({**said, "iat": now, "exp": now + 60}, pem, algorithm="ES256", headers=headers))
