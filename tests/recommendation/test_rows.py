"""What somebody is shown: by what they watched, never what they may not see, and nothing of it without their consent."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from libs.chassis.ids import new_id
from libs.chassis.object_store import open_store
from libs.contracts.catalog import Playable, Window
from libs.contracts.identity import Profile
from services.recommendation.engine.catalogue import Catalogue
from services.recommendation.engine.rows import ENOUGH
from services.recommendation.service import projections
from services.recommendation.service.explaining import Explaining, NotKnown
from tests.recommendation.conftest import LOVE, NOON, SPACE, Running, Somebody, catalogue, received, title, trending

pytestmark = pytest.mark.asyncio(loop_scope="session")

RANKER, CATALOGUE = (f"services.recommendation.service.shelf.{name}" for name in ("Ranker", "Catalogue"))
ENDED = Window(ends_at=NOON - timedelta(days=1))
ELSEWHERE = Window(regions=("DE",))


async def test_opposite_tastes_see_different_pages(running: Running) -> None:
    await catalogue(running)
    ada, bob = running.somebody(), running.somebody()
    await running.send(*(ada.played(running.ids[name]) for name in SPACE[:3]))
    await running.send(*(bob.played(running.ids[name]) for name in LOVE[:3]))
    hers, his = await running.rows(ada), await running.rows(bob)
    assert set(hers["top-picks"][:5]) == set(SPACE[3:])
    assert set(his["top-picks"][:5]) == set(LOVE[3:])
    assert next(row for row in hers if row.startswith("genre")) == "genre-science-fiction"
    assert next(row for row in his if row.startswith("genre")) == "genre-romance"


async def test_a_play_counts_from_the_next_page_on(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    assert "top-picks" not in await running.rows(ada)
    await running.send(ada.played(running.ids["Love 0"]))
    rows = await running.rows(ada)
    because = rows[f"because-{running.ids['Love 0']}"]
    assert because and set(because) <= set(LOVE[1:])
    told = await running.get("/recommendations/home", ada)
    reason = next(row["reason"] for row in told["rows"] if row["kind"] == "because_watched")
    assert (reason["code"], reason["title"]) == ("because_watched", "Love 0")


async def test_a_look_is_no_taste(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]), ada.viewed(running.ids["Love 0"], 20.0))
    assert "top-picks" not in await running.rows(ada)


async def test_what_is_begun_anew_after_a_look_is_no_look(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    love = running.ids["Love 0"]
    events = [ada.played(love, ago=timedelta(hours=1)), ada.viewed(love, 20.0, started_at=NOON - timedelta(hours=1))]
    await running.send(*events)
    assert "top-picks" not in await running.rows(ada)
    await running.send(ada.played(love))
    assert "top-picks" in await running.rows(ada)
    # Told again, the look of before does not count any more; over after a look, it was one again.
    await running.send(*events)
    assert "top-picks" in await running.rows(ada)
    await running.send(ada.viewed(love, 10.0))
    assert "top-picks" not in await running.rows(ada)


async def test_a_series_is_finished_with_its_last_episode(running: Running) -> None:
    await catalogue(running)
    ada, long_ago = running.somebody(), NOON - timedelta(days=60)
    episodes = [Playable(id=new_id(), name=f"{at}", season_number=1, episode_number=at) for at in (1, 2)]
    special = Playable(id=new_id(), name="Special", season_number=0, episode_number=1)
    await running.send(
        *(title(name, "Drama", type="series", playables=(*episodes, special)) for name in ("Begun", "Over")),
        *(ada.viewed(running.ids[name], 5000.0, "ended", started_at=long_ago) for name in LOVE[:2]),
    )
    for name, number in (("Begun", 0), ("Over", 1)):
        view = ada.viewed(running.ids[name], 1500.0, "next", started_at=long_ago, playable_id=episodes[number].id)
        await running.send(view)
    # Of these nobody knows yet with which episode they are over.
    of_before, unknown = (title(name, "Drama", type="series", playables=episodes) for name in ("Of before", "Unknown"))
    await running.send(of_before)
    await running.db.pool.execute("UPDATE titles SET entry = entry - 'last' WHERE title_id = $1", of_before.title_id)
    for each in (of_before, unknown):
        view = ada.viewed(each.title_id, 1500.0, "ended", started_at=long_ago, playable_id=episodes[0].id)
        await running.send(view)
    await running.send(unknown)
    glanced = ada.viewed(running.ids["Love 3"], 2.0, "next", started_at=long_ago)
    await running.send(glanced)
    assert set((await running.rows(ada))["watch-again"]) == {*LOVE[:2], "Over"}


async def test_what_was_watched_long_before_is_not_picked_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await catalogue(running)
    monkeypatch.setattr("services.recommendation.repository.tastes.HISTORY", 2)
    ada = running.somebody()
    await running.send(*(ada.played(running.ids[name], ago=timedelta(days=at)) for at, name in enumerate(LOVE[:5])))
    assert not set(LOVE[:5]) & set((await running.rows(ada))["top-picks"])
    assert (await running.get("/me/taste", ada))["kept"] == 5


async def test_the_top_ten_is_the_same_for_whoever_may_see_it(running: Running) -> None:
    await catalogue(running)
    await running.send(trending("US", [running.ids[name] for name in LOVE]))
    ada, stranger = running.somebody(), running.somebody()
    await running.send(ada.played(running.ids["Space 0"]))
    await running.say(ada, running.ids["Love 1"], "not_interested")
    rows = await running.rows(ada)
    assert rows["top10"] == (await running.rows(stranger))["top10"] == LOVE
    assert not [name for name, titles in rows.items() if name != "top10" and "Love 1" in titles]
    assert (await running.get("/recommendations/home", ada))["unwanted"] == [str(running.ids["Love 1"])]


@pytest.mark.parametrize("claims", [{"consents": None}, {"consents": ["analytics"]}, {"kids": True}], ids=str)
async def test_without_consent_the_page_is_everybodys(running: Running, claims: dict[str, object]) -> None:
    await catalogue(running)
    ada, stranger = running.somebody(**claims), running.somebody(**claims)
    await running.send(*(ada.played(running.ids[name]) for name in LOVE[:3]))
    told = await running.get("/recommendations/home", ada)
    assert told["personal"] is False
    assert await running.rows(ada) == await running.rows(stranger)
    known = await running.get("/me/taste", ada)
    assert (known["watched"], known["kept"]) == (0, 3)
    assert (await running.client.delete("/api/v1/me/taste", headers=ada.headers)).status_code == 204
    assert (await running.get("/me/taste", ada))["kept"] == 0


async def test_consent_that_was_taken_back_counts_before_the_token_ends(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.account(), ada.played(running.ids["Love 0"]))
    assert "top-picks" in await running.rows(ada)
    await running.send(ada.account(2, profiles=(Profile(id=ada.profile_id, name="Ada", consents=()),)))
    assert "top-picks" not in await running.rows(ada)


async def test_what_may_not_be_seen_is_in_no_row(running: Running) -> None:
    await catalogue(running)
    later, gone = NOON + timedelta(days=2), NOON - timedelta(days=2)
    await running.send(
        title("Grown-up", "Romance", maturity=18),
        title("Elsewhere", "Romance", windows=(Window(regions=("DE",)),)),
        title("Not yet", "Romance", windows=(Window(starts_at=later),)),
        title("Over", "Romance", windows=(Window(ends_at=gone),)),
        title("Draft", "Romance", status="draft"),
    )
    hidden = {"Grown-up", "Elsewhere", "Not yet", "Over", "Draft"}
    await running.send(trending("US", list(running.ids.values())), trending("world", list(running.ids.values())))
    child = running.somebody(maturity=12)
    await running.send(child.played(running.ids["Love 0"]), child.played(running.ids["Grown-up"]))
    shown = {name for names in (await running.rows(child)).values() for name in names}
    assert shown and not shown & hidden
    love = await running.get(f"/recommendations/titles/{running.ids['Love 0']}/similar", child)
    assert not {str(running.ids[name]) for name in hidden} & set(love["title_ids"])
    for name in hidden:
        path = f"/api/v1/recommendations/titles/{running.ids[name]}/similar"
        assert (await running.client.get(path, headers=child.headers)).status_code == 404
    german = running.somebody(country="DE")
    assert "Elsewhere" in {name for names in (await running.rows(german)).values() for name in names}


async def test_a_title_that_is_withdrawn_is_gone_at_once(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]))
    assert "Love 1" in {name for names in (await running.rows(ada)).values() for name in names}
    await running.send(title("Love 1", title_id=running.ids["Love 1"], version=2, status="archived"))
    assert "Love 1" not in {name for names in (await running.rows(ada)).values() for name in names}


@pytest.mark.parametrize("change", [{"status": "archived"}, {"maturity": 18}, {"windows": (ENDED,)}], ids=str)
async def test_what_may_be_seen_no_more_waits_for_no_new_catalogue(
    running: Running, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    await catalogue(running)
    ada, love = running.somebody(maturity=12), running.ids["Love 1"]
    await running.send(ada.played(running.ids["Love 0"]))
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Catalogue):
        def __init__(self, *told: Any) -> None:
            begun.set()
            assert go_on.wait(20)
            super().__init__(*told)

    async with running.shelf.looking:
        monkeypatch.setattr(CATALOGUE, Slow)
        async with running.db.transaction() as session:
            changed = title("Love 1", "Romance", title_id=love, version=2, **change)
            await projections.titles_changed(session, [received(changed)])
        looking = asyncio.create_task(running.shelf.look())
        try:
            assert await asyncio.to_thread(begun.wait, 20)
            assert "Love 1" not in {name for names in (await running.rows(ada)).values() for name in names}
            path = f"/api/v1/recommendations/titles/{love}/similar"
            assert (await running.client.get(path, headers=ada.headers)).status_code == 404
        finally:
            go_on.set()
        await looking
    assert "Love 1" not in {name for names in (await running.rows(ada)).values() for name in names}


async def test_a_database_that_was_put_back_is_read_anew(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    async with running.db.transaction() as session:
        await session.execute(text("UPDATE titles SET seq = -seq"))
        numbers = "SELECT title_id, row_number() OVER () AS seq FROM titles"
        await session.execute(text(f"UPDATE titles t SET seq = n.seq FROM ({numbers}) n WHERE n.title_id = t.title_id"))
        renamed = """UPDATE titles SET entry = jsonb_set(entry, '{name}', '"Put back"') WHERE title_id = :id"""
        await session.execute(text(renamed), {"id": running.ids["Love 0"]})
    await running.settled()
    assert "Put back" in running.shelf.view.catalogue.names
    await running.send(ada.played(running.ids["Love 0"]))
    assert "top-picks" in await running.rows(ada)


async def test_an_age_limit_that_was_lowered_counts_before_the_token_ends(running: Running) -> None:
    await catalogue(running)
    await running.send(title("Grown-up", "Romance", maturity=16))
    ada = running.somebody()
    await running.send(ada.account(profiles=(Profile(id=ada.profile_id, name="Ada", maturity=12),)))
    assert "Grown-up" not in {name for names in (await running.rows(ada)).values() for name in names}


async def test_not_interested_counts_at_once_and_can_be_taken_back(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]))
    path = f"/api/v1/me/taste/titles/{running.ids['Love 1']}"
    answer = await running.client.put(path, headers=ada.headers, json={"verdict": "not_interested"})
    assert answer.status_code == 200, answer.text
    assert "Love 1" not in {name for names in (await running.rows(ada)).values() for name in names}
    assert [said["title"] for said in (await running.get("/me/taste", ada))["said"]] == ["Love 1"]
    assert (await running.client.delete(path, headers=ada.headers)).status_code == 204
    assert "Love 1" in {name for names in (await running.rows(ada)).values() for name in names}
    for body in ({}, {"verdict": "perhaps"}, {"verdict": "up", "more": 1}):
        assert (await running.client.put(path, headers=ada.headers, json=body)).status_code == 422


async def test_a_thumb_down_puts_what_is_like_it_behind(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]), ada.played(running.ids["Space 0"]))
    for name in LOVE[1:4]:
        path = f"/api/v1/me/taste/titles/{running.ids[name]}"
        await running.client.put(path, headers=ada.headers, json={"verdict": "down"})
    assert set((await running.rows(ada))["top-picks"][:7]) == set(SPACE[1:])


async def test_only_what_was_watched_is_said_to_have_been(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.rated(running.ids["Love 0"], 5), ada.list_changed("added", running.ids["Love 1"]))
    await running.say(ada, running.ids["Love 2"], "up")
    rows = await running.rows(ada)
    assert "top-picks" in rows
    assert not [row for row in rows if row.startswith("because")]


@pytest.mark.parametrize("hidden", [{"maturity": 16}, {"windows": [ENDED]}, {"windows": [ELSEWHERE]}], ids=str)
async def test_what_may_not_be_seen_any_more_is_named_nowhere(running: Running, hidden: dict[str, Any]) -> None:
    await catalogue(running)
    ada = running.somebody(maturity=12)
    await running.send(ada.played(running.ids["Love 0"]), ada.played(running.ids["Love 1"]))
    await running.say(ada, running.ids["Love 0"], "up")
    assert await running.reasons(ada) == {"Love 0", "Love 1"}
    changed = title("Love 0", "Romance", title_id=running.ids["Love 0"], version=2, tags=("paris", "letters"), **hidden)
    await running.send(changed)
    assert await running.reasons(ada) == {"Love 1"}


@pytest.mark.parametrize("broken", ["services.recommendation.repository.tastes.trending", RANKER, CATALOGUE])
async def test_what_one_look_could_not_do_the_next_one_does(
    running: Running, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]))
    film = title("Love 8", "Romance", tags=("paris", "letters"))

    def fails(*_: Any) -> Any:
        raise TimeoutError

    async with running.shelf.looking:
        monkeypatch.setattr(broken, fails)
        async with running.db.transaction() as session:
            await projections.titles_changed(session, [received(film)])
        with pytest.raises(TimeoutError):
            await running.shelf.look()
        monkeypatch.undo()
    running.ids["Love 8"] = film.title_id
    await running.settled()
    assert "Love 8" in (await running.rows(ada))["new"]
    similar = await running.get(f"/recommendations/titles/{running.ids['Love 0']}/similar", ada)
    assert str(film.title_id) in similar["title_ids"]


async def test_events_that_come_again_change_nothing(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    events = [ada.played(running.ids[name]) for name in LOVE[:3]] + [ada.viewed(running.ids["Love 0"], 5000.0, "ended")]
    await running.send(*events)
    before = await running.db.pool.fetch("SELECT * FROM plays ORDER BY title_id")
    await running.send(*reversed(events))
    assert await running.db.pool.fetch("SELECT * FROM plays ORDER BY title_id") == before


async def test_a_robot_is_one_viewer(running: Running) -> None:
    await catalogue(running)
    robot, people = running.somebody(), [running.somebody() for _ in range(3)]
    await running.send(*(robot.played(running.ids["Space 0"]) for _ in range(1000)))
    await running.send(*(each.played(running.ids["Love 0"]) for each in people))
    assert await running.db.pool.fetchval("SELECT count(*) FROM plays WHERE profile_id = $1", robot.profile_id) == 1


async def test_the_top_ten_is_the_countrys_and_in_its_order(running: Running) -> None:
    await catalogue(running)
    order = [running.ids[name] for name in [*LOVE, *SPACE]]
    await running.send(trending("DE", order), trending("world", list(reversed(order))))
    german, american = running.somebody(country="DE"), running.somebody(country="US")
    assert (await running.rows(german))["top10"] == [*LOVE, *SPACE][:10]
    rows = await running.rows(american)
    assert "top10" not in rows
    assert rows["trending"] == [*reversed([*LOVE, *SPACE])]


async def test_a_title_fills_no_page(running: Running) -> None:
    await running.send(*(title(f"Film {number}", f"Genre {number % 5}") for number in range(120)))
    ada = running.somebody()
    await running.send(*(ada.played(running.ids[f"Film {number}"]) for number in range(5)))
    shown: set[str] = set()
    for names in (await running.rows(ada)).values():
        # A row that would be short is filled up with a few that stand further up, and nothing else comes twice.
        assert not shown & set(names) or len(names) <= ENOUGH
        shown.update(names)
    assert len(shown) > 60


async def test_leaving_soon_says_what_leaves_first(running: Running) -> None:
    await catalogue(running)
    ends = {name: NOON + timedelta(days=days) for name, days in (("Late", 20), ("Soon", 3), ("Never mind", 200))}
    await running.send(*(title(name, windows=(Window(ends_at=end),)) for name, end in ends.items()))
    assert (await running.rows(running.somebody()))["leaving-soon"] == ["Soon", "Late"]


async def test_what_is_only_announced_takes_no_place_of_what_can_be_watched(running: Running) -> None:
    await running.send(*(title(f"Here {at}", "Drama") for at in range(3)))
    later = NOON + timedelta(hours=1)
    announced = (title(f"Soon {at}", "Drama", availability="listed", published_at=later) for at in range(60))
    await running.send(*announced)
    rows = await running.rows(running.somebody())
    assert set(rows["new"]) == {f"Here {at}" for at in range(3)}
    assert set(rows["genre-drama"]) == set(rows["new"])
    assert rows["coming-soon"]
    assert all(name.startswith("Soon") for name in rows["coming-soon"])


async def test_watch_again_is_what_was_finished_long_ago(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    long_ago = NOON - timedelta(days=60)
    for name in LOVE[:2]:
        await running.send(ada.viewed(running.ids[name], 5000.0, "ended", started_at=long_ago))
    await running.send(ada.viewed(running.ids["Love 2"], 5000.0, "ended"))
    assert set((await running.rows(ada))["watch-again"]) == set(LOVE[:2])


@pytest.mark.parametrize("number", [0, 1])
async def test_a_catalogue_of_hardly_anything(running: Running, number: int) -> None:
    await running.send(*(title(f"Film {at}", "Drama") for at in range(number)))
    ada = running.somebody()
    await running.send(*(ada.played(title_id) for title_id in running.ids.values()))
    assert await running.rows(ada) == ({"new": list(running.ids)} if number else {})
    for title_id in running.ids.values():
        assert (await running.get(f"/recommendations/titles/{title_id}/similar", ada))["title_ids"] == []


async def test_why_names_what_was_watched(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.played(running.ids["Love 0"]), ada.played(running.ids["Space 0"]))
    why = await running.get(f"/recommendations/titles/{running.ids['Love 3']}/why", ada)
    assert [each["title"] for each in why["because"]] == ["Love 0"]
    nobody = Somebody(new_id(), new_id(), {})
    assert (await running.client.get("/api/v1/recommendations/home", headers=nobody.headers)).status_code == 401


async def test_a_stranger_is_shown_what_the_country_watches(running: Running) -> None:
    await catalogue(running)
    watched = [running.ids[name] for name in ("Space 7", "Space 6", "Space 5", "Love 3")]
    await running.send(trending("US", watched), trending("DE", [running.ids["Love 7"]]))
    american, german = await running.rows(running.somebody()), await running.rows(running.somebody(country="DE"))
    assert american["genre-science-fiction"][:3] == ["Space 7", "Space 6", "Space 5"]
    assert american["genre-romance"][0] == "Love 3"
    assert german["genre-romance"][0] == "Love 7"
    assert next(row for row in american if row.startswith("genre")) == "genre-science-fiction"
    assert next(row for row in german if row.startswith("genre")) == "genre-romance"


async def test_starters_are_well_known_of_many_kinds_and_may_be_seen(running: Running) -> None:
    await catalogue(running)
    await running.send(title("Grown-up", "Romance", maturity=18))
    await running.send(trending("US", [running.ids[name] for name in ("Grown-up", "Space 7", "Space 6", "Love 3")]))
    told = (await running.get("/recommendations/starters", running.somebody(maturity=12)))["title_ids"]
    names = {str(title_id): name for name, title_id in running.ids.items()}
    shown = [names[each] for each in told]
    assert shown[:3] == ["Space 7", "Love 3", "Space 6"]
    assert len(shown) == 16
    assert "Grown-up" not in shown


async def test_ratings_are_named_and_hide_what_they_hide(running: Running) -> None:
    await catalogue(running)
    for claims in ({}, {"consents": None}):
        ada = running.somebody(**claims)
        await running.send(ada.rated(running.ids["Love 0"], 5), ada.rated(running.ids["Love 1"], 1))
        known = await running.get("/me/taste", ada)
        assert {(each["title"], each["stars"]) for each in known["rated"]} == {("Love 0", 5), ("Love 1", 1)}


async def test_a_thumb_given_as_stars_changes_the_rows(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    await running.send(ada.rated(running.ids["Love 0"], 5), ada.rated(running.ids["Love 1"], 1))
    rows = await running.rows(ada)
    assert "Love 1" not in {name for names in rows.values() for name in names}
    assert next(row for row in rows if row.startswith("genre")) == "genre-romance"
    await running.send(ada.rated(running.ids["Love 1"], 1).model_copy(update={"stars": None}))
    assert "Love 1" in {name for names in (await running.rows(ada)).values() for name in names}


async def test_an_explanation_adds_up_and_says_why_not(running: Running) -> None:
    await catalogue(running)
    ada = running.somebody()
    hour = timedelta(hours=1)
    await running.send(ada.account(), ada.played(running.ids["Love 0"]), ada.played(running.ids["Space 0"], ago=hour))
    await running.say(ada, running.ids["Space 1"], "not_interested")
    explaining = Explaining(running.db, open_store(running.store), running.clock)
    found = await explaining.explain(ada.profile_id, running.ids["Love 3"], "US")
    assert found.score == pytest.approx(sum(found.terms.values()))
    assert found.terms["disliked"] <= 0 < found.terms["content"]
    assert (list(found.because), list(found.against), found.of) == (["Love 0"], [], 13)
    assert found.rank is not None and "top_picks" in found.rows
    unwanted = await explaining.explain(ada.profile_id, running.ids["Space 1"], "US")
    assert (unwanted.rank, list(unwanted.against), list(unwanted.rows)) == (None, ["the profile does not want it"], [])
    with pytest.raises(NotKnown, match="no profile"):
        await explaining.explain(new_id(), running.ids["Love 3"], "US")
    with pytest.raises(NotKnown, match="no published title"):
        await explaining.explain(ada.profile_id, new_id(), "US")


async def test_an_entry_that_is_not_understood_is_left_out_and_holds_up_no_other(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    films = [title(f"Film {number}", "Drama") for number in range(3)]
    await running.send(*films)
    await running.settled()
    async with running.db.transaction() as session:
        await session.execute(
            text("UPDATE titles SET entry = entry - 'maturity', seq = DEFAULT WHERE title_id = :id"),
            {"id": films[0].title_id},
        )
    after = title("Film 4", "Drama")
    await running.send(after)
    await running.settled()
    assert set(running.shelf.view.catalogue.ids) == {films[1].title_id, films[2].title_id, after.title_id}
    assert "title_not_understood" in caplog.text
