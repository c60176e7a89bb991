"""Catalog on a real broker: an asset that the pipeline announces ends in a title that the others hear of."""

import asyncio
from uuid import UUID

import httpx
import orjson

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.media import AssetReady
from services.catalog.consumers import consumers
from services.catalog.main import create_app
from services.catalog.settings import Settings
from tests.catalog.conftest import NOON, Catalog
from tests.chassis.records import records
from tests.conftest import AuthHeaders, DatabaseFactory


async def test_an_announced_asset_becomes_a_published_title(
    database: DatabaseFactory, object_store: str, jwks_cache: str, auth_headers: AuthHeaders, kafka_bootstrap: str
) -> None:
    url = await database("services.catalog")
    settings = Settings(
        database_url=url,
        object_store_url=object_store,
        jwks_cache=jwks_cache,
        kafka_bootstrap=kafka_bootstrap,
        review_required=False,
    )
    clock = FrozenClock(NOON)
    app = create_app(settings, clock=clock)
    db, bus = Database(url), Bus(kafka_bootstrap, service="test")
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://catalog") as client,
    ):
        catalog = Catalog(app, client, db, clock, object_store, auth_headers)
        made = await catalog.film(published=False)
        await bus.start()
        try:
            await bus.ready()
            asset = new_id()
            event = AssetReady(
                asset_id=asset, playable_id=UUID(made["playable_id"]), version=1, duration=30, hls="h", dash="d",
                renditions=(), uploaded_at=NOON, ready_at=NOON,
            )  # fmt: skip
            record = Outgoing(
                topic=event.TOPIC.name, key=event.key(), event_id=new_id(), type=event.TYPE, time=NOON,
                value=orjson.dumps(event.model_dump(mode="json")),
            )  # fmt: skip
            for _ in range(2):
                await bus.send(record)
            async with asyncio.timeout(60):
                while True:
                    answer = await catalog.edit("POST", f"/titles/{made['id']}/publish")
                    if answer.status_code == 200 and await catalog.rows(
                        "SELECT id FROM outbox EXCEPT SELECT id FROM outbox_pending"
                    ):
                        break
                    await asyncio.sleep(0.1)
        finally:
            await bus.stop()
        (told,) = await catalog.events(made["id"])
        assert told["playables"][0]["asset"]["asset_id"] == str(asset)
    await db.stop()


async def test_ratings_are_told_and_those_of_an_erased_account_go(catalog: Catalog) -> None:
    made = await catalog.film()
    account = new_id()
    for owner, stars in ((account, 1), (account, 2), (new_id(), 5)):
        headers = catalog.auth_headers(account_id=owner, profile_id=new_id())
        await catalog.client.put(f"/api/v1/titles/{made['id']}/rating", json={"stars": stars}, headers=headers)
    event = AccountChanged(account_id=account, version=9, status="erased", changed_at=NOON)
    (consumer,) = consumers(catalog.db, Bus("", service="test"), catalog.clock)
    await consumer.apply(records(event))
    assert (await catalog.get(f"/titles/{made['id']}")).json()["rating"] == {"average": 5, "count": 1}
    told = await catalog.events(made["id"], "catalog.ratings")
    assert [(event["stars"], event["average"], event["count"]) for event in told] == [
        (1, 1.0, 1), (2, 1.5, 2), (5, 2.67, 3), (None, 5.0, 1),
    ]  # fmt: skip
    assert [event["profile_id"] is None for event in told] == [False, False, False, True]


async def test_ratings_go_of_a_profile_that_was_erased_before_its_account_was_heard_of(catalog: Catalog) -> None:
    made, account, gone, stays = await catalog.film(), new_id(), new_id(), new_id()
    for profile, stars in ((gone, 1), (stays, 4)):
        headers = catalog.auth_headers(account_id=account, profile_id=profile)
        await catalog.client.put(f"/api/v1/titles/{made['id']}/rating", json={"stars": stars}, headers=headers)
    event = AccountChanged(
        account_id=account,
        version=9,
        changed_at=NOON,
        erased_profiles=(gone,),
        profiles=(Profile(id=stays, name="Ada"),),
    )
    (consumer,) = consumers(catalog.db, Bus("", service="test"), catalog.clock)
    await consumer.apply(records(event))
    assert (await catalog.get(f"/titles/{made['id']}")).json()["rating"] == {"average": 4, "count": 1}
