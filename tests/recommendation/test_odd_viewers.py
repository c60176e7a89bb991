"""Who is no usual viewer: a robot that plays all day, and an account whose people share one profile and nothing else."""

from datetime import timedelta

import numpy as np
import pytest

from libs.contracts.catalog import TitleChanged
from libs.contracts.playback import SessionStarted
from tests.recommendation.conftest import LOVE, SPACE, Running, catalogue, title

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLAYS = 10_000


def many(count: int) -> list[TitleChanged]:
    """Films of four kinds."""
    return [title(f"Film {at}", f"Genre {at % 4}", tags=(f"mood {at % 12}",)) for at in range(count)]


async def test_a_robot_with_ten_thousand_plays_a_day_is_answered_and_changes_nobody_elses_page(
    running: Running,
) -> None:
    films = many(2_000)
    await catalogue(running)
    await running.send(*films)
    robot, ada, others = running.somebody(), running.somebody(), [running.somebody() for _ in range(3)]
    await running.send(*(each.account() for each in (robot, ada, *others)))
    await running.send(ada.played(running.ids["Love 0"]), *(each.played(running.ids["Love 5"]) for each in others))
    await running.popularity.count()
    await running.settled()
    before = await running.rows(ada)
    # Of every title some times, in the order it pleases.
    random = np.random.default_rng(5)
    plays: list[SessionStarted] = [
        robot.played(films[int(at)].title_id, ago=timedelta(seconds=8.64 * number))
        for number, at in enumerate(random.integers(0, len(films), PLAYS))
    ]
    await running.send(*plays)
    played = {play.title_id for play in plays}
    kept = await running.db.pool.fetchval("SELECT count(*) FROM plays WHERE profile_id = $1", robot.profile_id)
    assert kept == len(played) <= len(films)
    await running.popularity.count()
    await running.settled()
    # It counts as one viewer of each: three people's film stands before whatever it played.
    popular, places = running.shelf.view.popular, running.shelf.view.catalogue.places
    assert max(popular) == popular[places[running.ids["Love 5"]]] == pytest.approx(np.log1p(3))
    assert popular[places[plays[0].title_id]] <= np.log1p(1)
    after = await running.rows(ada)
    for rows in (before, after):
        assert rows["top-picks"][0] == "Love 5"
        assert set(rows["top-picks"][:7]) == set(LOVE[1:])
    # Its own page is made, of what it did not play.
    rows = await running.rows(robot)
    names = {film.title_id: film.name for film in films}
    assert not {names[each] for each in played} & set(rows.get("top-picks", ()))
    assert (await running.get("/me/taste", robot))["kept"] == len(played)


async def test_two_with_opposite_tastes_in_one_profile_both_find_their_rows(running: Running) -> None:
    await catalogue(running)
    await running.send(*(title(name, "Romance" if at % 2 else "Science Fiction") for at, name in enumerate("abcdef")))
    shared = running.somebody()
    # Every evening one of each, the one of them always the last.
    turns = [name for pair in zip(SPACE[:4], LOVE[:4], strict=True) for name in pair]
    await running.send(
        *(shared.played(running.ids[name], ago=timedelta(hours=len(turns) - at)) for at, name in enumerate(turns))
    )
    told = await running.get("/recommendations/home", shared)
    # One row for each of them, whoever watched last.
    about = [row["reason"]["title"] for row in told["rows"] if row["kind"] == "because_watched"]
    assert {name.split()[0] for name in about} == {"Space", "Love"}
    rows = await running.rows(shared)
    kinds = [name.split()[0] for name in rows["top-picks"][:8] if len(name) > 1]
    assert {"Space", "Love"} == set(kinds)
    genres = [row for row in rows if row.startswith("genre")]
    assert set(genres[:2]) == {"genre-romance", "genre-science-fiction"}
    shares = {each["genre"]: each["share"] for each in (await running.get("/me/taste", shared))["genres"]}
    assert abs(shares["Romance"] - shares["Science Fiction"]) < 0.1
    # What speaks for a title is of its own kind alone.
    why = await running.get(f"/recommendations/titles/{running.ids['Love 6']}/why", shared)
    assert {each["title"].split()[0] for each in why["because"]} == {"Love"}
