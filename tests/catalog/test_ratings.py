"""Ratings and their totals: whoever rates and whoever is forgotten at the same moment wait for each other in one order."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import text

from libs.chassis.ids import new_id
from services.catalog.repository import ratings
from tests.catalog.conftest import Catalog
from tests.chassis.conftest import eventually
from tests.examples import examples

NOW = datetime(2026, 11, 20, tzinfo=UTC)


async def rate(catalog: Catalog, title: UUID, profile: UUID, account: UUID, stars: int) -> None:
    async with catalog.db.transaction() as session:
        await ratings.rate(session, title, profile, account, stars, NOW)


async def value(catalog: Catalog, query: str) -> Any:
    async with catalog.db.transaction() as session:
        return (await session.execute(text(query))).scalar()


async def totals(catalog: Catalog) -> list[tuple[int, int]]:
    async with catalog.db.transaction() as session:
        return [(row[0], row[1]) for row in await session.execute(text("SELECT count, sum FROM rating_totals"))]


async def test_an_account_is_forgotten_while_it_rates(catalog: Catalog) -> None:
    title, profile, account = UUID((await catalog.film())["id"]), new_id(), new_id()
    await rate(catalog, title, profile, account, 4)

    async def forget() -> None:
        async with catalog.db.transaction() as session:
            await ratings.forget(session, account)

    async def somebody_waits() -> bool:
        waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
        return bool(await value(catalog, waiting))

    async with catalog.db.transaction() as session:
        # As far as `rate` gets before it touches the rating itself.
        await session.execute(text("SELECT FROM rating_totals WHERE title_id = :title FOR UPDATE"), {"title": title})
        forgetting = asyncio.create_task(forget())
        await eventually(somebody_waits)
        await ratings.rate(session, title, profile, account, 5, NOW)
    await forgetting

    assert await totals(catalog) == [(0, 0)]
    assert await value(catalog, "SELECT count(*) FROM ratings") == 0


@pytest.mark.slow
async def test_many_at_once_never_stand_in_each_others_way(catalog: Catalog) -> None:
    titles = [UUID((await catalog.film(f"Film {n}"))["id"]) for n in range(5)]
    accounts = [new_id() for _ in range(4)]

    async def come_and_go(n: int, account: UUID) -> None:
        for round_ in range(6):
            order = titles[(n + round_) % 5 :] + titles[: (n + round_) % 5]
            for title in order:
                await rate(catalog, title, account, account, 1 + (n + round_) % 5)
            async with catalog.db.transaction() as session:
                await ratings.forget(session, account)

    await asyncio.gather(*(come_and_go(n, account) for n, account in enumerate(accounts)))

    assert await totals(catalog) == [(0, 0)] * 5


ACCOUNTS = [new_id() for _ in range(3)]
STEP = st.tuples(
    st.integers(0, 2), st.integers(0, 1), st.integers(0, 1), st.integers(1, 5) | st.just(None) | st.just("go")
)


@examples(10)
@given(steps=st.lists(STEP, max_size=12))
@example(
    steps=[(0, 0, 0, 3), (0, 0, 0, 5), (0, 1, 0, 1), (1, 0, 1, 2), (0, 0, 0, None), (0, 0, 0, None), (0, 1, 0, "go")]
)
async def test_totals_are_the_sum_of_the_ratings(catalog: Catalog, steps: list[tuple[int, int, int, Any]]) -> None:
    """Each step: an account, one of its two profiles, one of two titles, and the stars, None to take them back, or to go."""
    titles = await catalog.shelve(("One", None, NOW), ("Two", None, NOW))
    profiles = {(account, n): new_id() for account in ACCOUNTS for n in range(2)}
    model: dict[tuple[UUID, UUID, UUID], int] = {}
    for who, which, title, stars in steps:
        account, profile, rated = ACCOUNTS[who], profiles[ACCOUNTS[who], which], titles[title]
        if stars == "go":
            async with catalog.db.transaction() as session:
                await ratings.forget(session, account)
            model = {key: value for key, value in model.items() if key[0] != account}
            continue
        async with catalog.db.transaction() as session:
            total = await ratings.rate(session, rated, profile, account, stars, NOW)
        model.pop((account, profile, rated), None)
        if stars is not None:
            model[account, profile, rated] = stars
        given_now = [value for key, value in model.items() if key[2] == rated]
        assert (total.count, total.sum) == (len(given_now), sum(given_now))
    for rated in titles:
        given_now = [value for key, value in model.items() if key[2] == rated]
        kept = await catalog.rows("SELECT count, sum FROM rating_totals WHERE title_id = $1", rated)
        assert [(row["count"], row["sum"]) for row in kept] in ([], [(len(given_now), sum(given_now))])
        assert kept or not given_now


async def test_the_best_rated_come_first_and_of_equals_the_more_rated(catalog: Catalog) -> None:
    few, many, best, unsure = await catalog.shelve(*((name, None, NOW) for name in ("Few", "Many", "Best", "Unsure")))
    for title, count, stars in ((few, 5, 4), (many, 7, 4), (best, 5, 5), (unsure, 4, 5)):
        for _ in range(count):
            await rate(catalog, title, new_id(), new_id(), stars)
    shown = (await catalog.get("/titles/top-rated")).json()["items"]
    assert [item["name"] for item in shown] == ["Best", "Many", "Few"]
    assert [item["name"] for item in (await catalog.get("/titles/top-rated?limit=1")).json()["items"]] == ["Best"]
