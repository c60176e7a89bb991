"""One platform for all journeys, with two films and two series put in by its own API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.journeys import films, platform
from tests.journeys.browser import browsing, chromium
from tests.journeys.people import Staff, Viewer
from tests.journeys.platform import Running


@pytest.fixture(scope="session")
def bijou() -> Iterator[Running]:
    with platform.running("--no-demo") as found:
        yield found


@pytest.fixture(scope="session")
def staff(bijou: Running) -> Iterator[Staff]:
    person = Staff.sign_in(bijou.url, bijou.admin)
    yield person
    person.close()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film file of 20 s."""
    return films.make(tmp_path_factory.mktemp("films") / "salt.mp4", seconds=20, width=1280, height=720)


@pytest.fixture(scope="session")
def film(staff: Staff, source: Path) -> dict[str, Any]:
    """A published film of 20 s: {id, playable_id, asset}."""
    return staff.add_film("Salt and Light", source)


@pytest.fixture(scope="session")
def other_film(staff: Staff, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Another one, of 8 s."""
    return staff.add_film(
        "The Second Door", films.make(tmp_path_factory.mktemp("films") / "door.mp4", seconds=8, tone=220)
    )


@pytest.fixture(scope="session")
def series(staff: Staff, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A series of two episodes of 10 s."""
    made = staff.call("POST", "/admin/titles", 201, json={"type": "series", "name": "Short Evenings", "year": 2026})
    season = staff.call("POST", f"/admin/titles/{made['id']}/seasons", 201, json={"number": 1})
    for number in (1, 2):
        body = {"number": number, "name": f"Evening {number}"}
        episode = staff.call("POST", f"/admin/seasons/{season['id']}/episodes", 201, json=body)
        file = films.make(
            tmp_path_factory.mktemp("films") / f"evening-{number}.mp4", seconds=10, tone=200 + 50 * number
        )
        upload = staff.begin_upload(episode["playable_id"], file)
        staff.send(upload, file)
        assert staff.wait_for(staff.asset_of(upload))["status"] == "ready"
    staff.publish(made["id"])
    return dict(made)


@pytest.fixture(scope="session")
def evenings(staff: Staff, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The two episodes of a series in two languages; the second has an intro from 36 to 41 s."""
    made = staff.call("POST", "/admin/titles", 201, json={"type": "series", "name": "Long Evenings", "year": 2026})
    season = staff.call("POST", f"/admin/titles/{made['id']}/seasons", 201, json={"number": 1})
    file = films.two_voices(tmp_path_factory.mktemp("films") / "evening.mkv")
    playables, assets = [], []
    for number in (1, 2):
        body = {"number": number, "name": f"Evening {number}"}
        episode = staff.call("POST", f"/admin/seasons/{season['id']}/episodes", 201, json=body)
        upload = staff.begin_upload(episode["playable_id"], file)
        staff.send(upload, file)
        assets.append(staff.asset_of(upload))
        playables.append(str(episode["playable_id"]))
    assert {staff.wait_for(asset)["status"] for asset in assets} == {"ready"}
    staff.call("PATCH", f"/admin/playables/{playables[1]}", 200, json={"intro_start": 36, "intro_end": 41})
    staff.publish(made["id"])
    return playables


@pytest.fixture(scope="package", autouse=True)
def _one_chromium() -> Iterator[None]:
    yield
    chromium.close()


@pytest.fixture
def browser() -> Iterator[BrowserContext]:
    with browsing() as context:
        yield context


@pytest.fixture
def phone() -> Iterator[BrowserContext]:
    with browsing(width=390, height=844, has_touch=True, is_mobile=True) as context:
        yield context


@pytest.fixture
def viewer(bijou: Running) -> Iterator[Viewer]:
    """Somebody new, who pays for two screens."""
    person = Viewer.register(bijou.url)
    person.subscribe("standard")
    yield person
    person.close()
