"""A content manager at the public API: signs in, stays signed in, creates titles, gives them pictures and films."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic_settings import BaseSettings, SettingsConfigDict

from demo.device import Device
from demo.tus import TusUpload, sentence

ADMIN = "/api/v1/admin"
_RETRIED = {429, 502, 503, 504}
_PATIENCE = 8


class StudioSettings(BaseSettings):
    """Where the platform is, who the content manager and the viewer are; `data` is the platform's data directory."""

    model_config = SettingsConfigDict(env_prefix="BIJOU_", extra="ignore")

    public_url: str = "http://127.0.0.1:8080"
    admin_email: str
    admin_password: str
    demo_email: str = ""
    demo_password: str = ""
    data: Path = Path("var")


class Refused(RuntimeError):
    """The platform said no. `status` and `body` are its problem document."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(sentence(answer))
        self.status = answer.status_code
        try:
            self.body: dict[str, Any] = answer.json()
        except ValueError:
            self.body = {}

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass(frozen=True)
class Created:
    """A season or an episode as created or found; `playable_id` for episodes."""

    id: str
    playable_id: str | None = None


class Studio:
    """Calls are retried while the platform starts, restarts or is busy; anything else it refuses raises `Refused`."""

    def __init__(
        self, settings: StudioSettings, client: httpx.Client | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._settings = settings
        self._client = client or httpx.Client(base_url=settings.public_url, timeout=httpx.Timeout(30, connect=5))
        self._pause = pause
        self._token = ""
        self._device = Device(settings.data, settings.public_url, settings.admin_email)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    # ---- talking -------------------------------------------------------------------------------------------------

    def sign_in(self) -> None:
        """Signs in with the admin's password, as the device that this machine was the last time."""
        device = {"name": "Bijou studio", "type": "web", **self._device.known()}
        body = {"email": self._settings.admin_email, "password": self._settings.admin_password, "device": device}
        answer = self._patiently(lambda: self._client.post("/api/v1/auth/login", json=body))
        if answer.status_code == 422:
            body.pop("device")
            answer = self._patiently(lambda: self._client.post("/api/v1/auth/login", json=body))
        if answer.status_code != 200:
            raise Refused(answer)
        said = answer.json()
        self._token = said["access_token"]
        self._device.keep(said.get("device_id"), said.get("device_secret"))

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """One request, signed in; signs in again when the token has run out. Never raises for a status."""
        if not self._token:
            self.sign_in()
        headers = dict(options.pop("headers", {}))
        answer = self._client.request(method, url, headers={**headers, **self._bearer()}, **options)
        if answer.status_code == 401 and method != "PATCH":
            self.sign_in()
            answer = self._client.request(method, url, headers={**headers, **self._bearer()}, **options)
        elif answer.status_code == 401:
            self.sign_in()
            answer = httpx.Response(503, request=answer.request)
        return answer

    def call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """A JSON call below `/api/v1/admin`."""
        answer = self._patiently(lambda: self.request(method, ADMIN + path, **options))
        if answer.status_code >= 400:
            raise Refused(answer)
        body = answer.json() if answer.content else {}
        return body if isinstance(body, dict) else {"items": body}

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _patiently(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        for attempt in range(_PATIENCE):
            wait = min(10.0, 0.25 * 2**attempt)
            try:
                answer = send()
            except httpx.TransportError:
                if attempt == _PATIENCE - 1:
                    raise
            else:
                if answer.status_code not in _RETRIED or attempt == _PATIENCE - 1:
                    return answer
                after = answer.headers.get("Retry-After", "")
                wait = max(wait, min(30.0, float(after))) if after.isdigit() else wait
            self._pause(wait)
        raise AssertionError("unreachable")

    # ---- titles --------------------------------------------------------------------------------------------------

    def title(self, body: dict[str, Any]) -> dict[str, Any]:
        """Creates a title, or finds the one that has its slug; returns all that editors see of it."""
        try:
            made = self.call("POST", "/titles", json=body)
        except Refused as refused:
            if refused.code != "slug_taken":
                raise
            made = refused.body
        return self.read(str(made["id"]))

    def read(self, title_id: str) -> dict[str, Any]:
        """A title with its pictures, seasons, episodes and playables."""
        return self.call("GET", f"/titles/{title_id}")

    def season(self, title_id: str, number: int, name: str) -> Created:
        """Creates a season, or finds the one with its number."""
        return self._created(f"/titles/{title_id}/seasons", {"number": number, "name": name}, "season_exists")

    def episode(self, season_id: str, body: dict[str, Any]) -> Created:
        """Creates an episode, or finds the one with its number."""
        return self._created(f"/seasons/{season_id}/episodes", body, "episode_exists")

    def _created(self, path: str, body: dict[str, Any], exists: str) -> Created:
        try:
            made = self.call("POST", path, json=body)
        except Refused as refused:
            if refused.code != exists:
                raise
            made = refused.body
        playable = made.get("playable_id")
        return Created(str(made["id"]), str(playable) if playable else None)

    def trailer(self, title: dict[str, Any], language: str) -> dict[str, Any]:
        """The first trailer of a title that was read, made where it has none."""
        found: list[dict[str, Any]] = title["trailers"]
        return found[0] if found else self.call("POST", f"/titles/{title['id']}/trailers", json={"language": language})

    def artwork(self, title_id: str, kind: str, image: bytes) -> None:
        """Gives a title its `poster`, `backdrop` or `logo`."""
        self._image(f"/titles/{title_id}/artwork/{kind}", image)

    def still(self, episode_id: str, image: bytes) -> None:
        """Gives an episode its picture."""
        self._image(f"/episodes/{episode_id}/still", image)

    def _image(self, path: str, image: bytes) -> None:
        self.call("PUT", path, content=image, headers={"Content-Type": "image/jpeg"})

    def markers(self, playable_id: str, marks: dict[str, float | None]) -> None:
        """Says where the intro and the credits of a playable are."""
        self.call("PATCH", f"/playables/{playable_id}", json=marks)

    def publish(self, title_id: str) -> bool:
        """Shows a title to viewers; False while it cannot be played yet."""
        try:
            self.call("POST", f"/titles/{title_id}/publish")
        except Refused as refused:
            if refused.code == "not_playable":
                return False
            raise
        return True

    # ---- films ---------------------------------------------------------------------------------------------------

    def upload(
        self,
        file: Path,
        playable_id: str,
        *,
        remember: Path | None = None,
        label_rungs: bool = False,
        release_at: str = "",
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> str:
        """Uploads a film and returns the id of its asset. `remember` is a file that holds the upload's URL until it
        is complete: with it, a later run goes on where a killed one stopped."""
        sending = TusUpload(self.request, file, pause=self._pause)
        url = remember.read_text().strip() if remember and remember.exists() else ""
        if not url or self._patient_offset(sending, url) is None:
            values = {"filename": file.name, "playable_id": playable_id}
            wishes = {"label_rungs": "1" if label_rungs else "", "release_at": release_at}
            url = sending.create(f"{ADMIN}/uploads", values | {name: value for name, value in wishes.items() if value})
            if remember:
                remember.parent.mkdir(parents=True, exist_ok=True)
                remember.write_text(url)
        sending.send(url, progress)
        for attempt in range(_PATIENCE):
            found = self.call("GET", f"/uploads/{url.rstrip('/').rpartition('/')[2]}")
            if found.get("asset_id"):
                return str(found["asset_id"])
            self._pause(min(4.0, 0.1 * 2**attempt))
        raise RuntimeError("The upload is complete, but no job was made for it.")

    def _patient_offset(self, sending: TusUpload, url: str) -> int | None:
        for _ in range(_PATIENCE):
            try:
                return sending.offset(url)
            except httpx.TransportError:
                self._pause(1.0)
        return sending.offset(url)

    def asset(self, asset_id: str) -> dict[str, Any]:
        """The state of a job."""
        return self.call("GET", f"/assets/{asset_id}")

    def newest_asset(self, playable_id: str) -> dict[str, Any] | None:
        """The job of the latest complete upload for a playable, if there is one."""
        items = self.call("GET", "/assets", params={"playable_id": playable_id, "limit": 1})["items"]
        return items[0] if items else None
