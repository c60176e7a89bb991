"""What is watched most: as events tells it, to who may see it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus
from libs.contracts.envelope import Event
from libs.contracts.trending import TrendingChanged, TrendingTitle
from services.catalog.consumers import consumers
from tests.catalog.conftest import NOON, Catalog
from tests.chassis.records import record


async def hear(catalog: Catalog, *events: Event) -> None:
    (consumer,) = consumers(catalog.db, Bus("127.0.0.1:1", service="catalog"), catalog.clock)
    for event in events:
        await consumer.apply([record(event)])


def trending(region: str, *titles: Any, minutes: int = 0) -> TrendingChanged:
    places = tuple(TrendingTitle(title_id=UUID(title["id"]), score=1.0, viewers=1) for title in titles)
    return TrendingChanged(region=region, titles=places, computed_at=NOON + timedelta(minutes=minutes))


async def test_the_viewers_country_comes_first_and_only_what_they_may_see(catalog: Catalog) -> None:
    moss, rock, owl, draft = [await catalog.film(name) for name in ("Moss", "Rock", "Owl")] + [
        await catalog.film("Draft", published=False)
    ]
    await hear(catalog, trending("world", owl, draft, rock), trending("US", rock, moss), trending("PT", owl))
    assert await names(catalog) == ["Rock", "Moss", "Owl"]
    assert await names(catalog, country="PT") == ["Owl", "Rock"]
    await catalog.change(rock["id"], maturity=16)
    assert await names(catalog, maturity=12) == ["Moss", "Owl"]
    assert await names(catalog, country="PT", limit=1) == ["Owl"]


async def test_what_is_older_does_not_replace_what_is_newer(catalog: Catalog) -> None:
    moss, rock = await catalog.film("Moss"), await catalog.film("Rock")
    newer, older = trending("US", moss, minutes=5), trending("US", rock)
    await hear(catalog, newer, older, newer)
    assert await names(catalog) == ["Moss"]
    await hear(catalog, trending("US", minutes=6))
    assert await names(catalog) == []


@pytest.mark.parametrize("limit", [0, 101])
async def test_a_limit_has_bounds(catalog: Catalog, limit: int) -> None:
    assert (await catalog.get(f"/titles/trending?limit={limit}")).status_code == 422


async def names(catalog: Catalog, limit: int = 20, **claims: Any) -> list[str]:
    headers = catalog.auth_headers(profile_id=new_id(), **claims)
    answer = await catalog.get(f"/titles/trending?limit={limit}", headers=headers)
    return [item["name"] for item in answer.json()["items"]]
