"""A grant ends with its session: the real playback, and the real edge that asks it."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from deploy.edge.settings import DirectoryStore, EdgeSettings
from tests.edge import nginx
from tests.faults.test_playback import environment as environment
from tests.faults.test_playback import replicas
from tests.faults.test_playback import url as url
from tests.faults.test_playback import world as world
from tests.playback.world import SESSIONS, World

pytestmark = [pytest.mark.fault, pytest.mark.slow]
SECRET = "a-test-secret-of-20-chars"


async def test_starting_and_stopping_again_and_again_leaves_one_grant(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    viewer = await world.viewer(streams=1)
    playable = str(await world.film())
    with replicas(1, environment | {"BIJOU_GRANT_SECRET": SECRET}, tmp_path) as (replica,):
        settings = EdgeSettings(
            public_port=nginx.free_port(), gateway="127.0.0.1:9", store=DirectoryStore(tmp_path / "store"),
            web_dist=nginx.web_app(tmp_path / "web"), run_dir=tmp_path / "run", log_dir=tmp_path / "log",
            grant_secrets=(SECRET,), workers=1, user=nginx.run_as(), playback=f"127.0.0.1:{replica.port}",
        )  # fmt: skip
        with nginx.running(settings) as edge:
            async with httpx.AsyncClient(
                base_url=f"{replica.url}/api/v1", headers=viewer.headers, timeout=30
            ) as client:
                masters = []
                for _ in range(4):
                    session = (await client.post(SESSIONS, json={"playable_id": playable})).json()
                    masters.append(session["manifests"]["hls"])
                    manifest = tmp_path / "store" / "media" / session["manifests"]["hls"].split("/", 3)[3]
                    manifest.parent.mkdir(parents=True, exist_ok=True)
                    manifest.write_text("#EXTM3U\n")
                    assert edge.get(masters[-1]).status == 200
                    if len(masters) < 4:
                        await client.delete(f"{SESSIONS}/{session['session_id']}")
            began = time.monotonic()
            while [edge.get(master).status for master in masters] != [403, 403, 403, 200]:
                assert time.monotonic() < began + 30
                time.sleep(0.05)  # noqa: ASYNC251
            print(f"grants of ended sessions refused {time.monotonic() - began:.1f} s after the last end (goal: 5 s)")
