"""Catalog and watchstate as they are, on real databases and a real broker: what is composed of them is whole."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.contracts.media import AssetReady, Rendition
from services.catalog import main as catalog_main
from services.catalog import settings as catalog_settings
from services.catalog.service import assets
from services.watchstate import main as watchstate_main
from services.watchstate import settings as watchstate_settings
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.gateway.conftest import Start
from tests.gateway.servers import eventually, serving

API = "/api/v1"


@pytest.mark.slow
async def test_from_a_new_film_to_its_place_on_the_home_page(
    start: Start,
    database: DatabaseFactory,
    kafka_bootstrap: str,
    jwks_cache: str,
    auth_headers: AuthHeaders,
    tmp_path: Path,
) -> None:
    catalog_url = await database("services.catalog")
    catalog = catalog_main.create_app(
        catalog_settings.Settings(
            database_url=catalog_url,
            object_store_url=f"file://{tmp_path}",
            kafka_bootstrap=kafka_bootstrap,
            jwks_cache=jwks_cache,
        )
    )
    watchstate = watchstate_main.create_app(
        watchstate_settings.Settings(
            database_url=await database("services.watchstate"), kafka_bootstrap=kafka_bootstrap, jwks_cache=jwks_cache
        )
    )
    viewer = auth_headers(profile_id=new_id())
    editor = auth_headers(roles=["super_admin"])  # who publishes without a colleague
    async with (
        serving(catalog) as one,
        serving(watchstate) as other,
        start({"catalog": one, "watchstate": other}, row_deadline=5, catalog_fresh=0) as client,
    ):

        async def empty() -> bool:
            """What is late at first, on a busy machine, is a row that says so."""
            return bool((await client.get(f"{API}/home", headers=viewer)).json() == {"hero": None, "rows": []})

        await eventually(empty)

        body = {"type": "movie", "name": "Salt", "genres": ["Drama"], "description": "A cook and a lighthouse."}
        made = (await client.post(f"{API}/admin/titles", json=body, headers=editor)).json()
        await _ready(catalog_url, made["playable_id"])
        published = await client.post(f"{API}/admin/titles/{made['id']}/publish", headers=editor)
        assert published.status_code == 200, published.text

        async def listed() -> bool:
            answer = await client.post(f"{API}/me/list", json={"title_id": made["id"]}, headers=viewer)
            return answer.status_code == 201

        await eventually(listed)
        home = (await client.get(f"{API}/home", headers=viewer)).json()
        title = (await client.get(f"{API}/titles/{made['id']}", headers=viewer)).json()
        again = await client.post(f"{API}/me/list", json={"title_id": made["id"]}, headers=viewer)

    rows = {row["id"]: [item["name"] for item in row["items"]] for row in home["rows"]}
    assert rows == {"my-list": ["Salt"], "new": ["Salt"]}
    assert not any(row["degraded"] for row in home["rows"])
    assert home["hero"]["title"]["description"] == "A cook and a lighthouse."
    assert home["hero"]["title"]["in_my_list"] is True
    assert (title["name"], title["in_my_list"], title["resume"], title["degraded"]) == ("Salt", True, None, [])
    assert (again.status_code, again.json()["code"]) == (409, "already_in_list")


async def _ready(catalog_url: str, playable_id: str) -> None:
    """The pipeline's word that a film can be played, as catalog's consumer applies it."""
    asset_id = new_id()
    now = datetime.now(UTC)
    event = AssetReady(
        asset_id=asset_id,
        playable_id=UUID(playable_id),
        version=10,
        duration=30,
        hls=f"{asset_id}/run/master.m3u8",
        dash=f"{asset_id}/run/manifest.mpd",
        renditions=(Rendition(height=720, width=1280, codec="avc1.64001f", bitrate=3_000_000),),
        uploaded_at=now,
        ready_at=now,
    )
    db = Database(catalog_url)
    async with db.transaction() as session:
        await assets.ready(session, event, SystemClock())
    await db.stop()
