"""Positions, Continue Watching, resume, offline batches, history."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from libs.chassis.ids import new_id
from libs.contracts.catalog import Window
from tests.watchstate.conftest import Watch


async def test_a_film_is_continued_where_it_was_left(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    await watch.watch(title, playable, 150)
    (item,) = await watch.items("/continue-watching")
    assert (item["title_id"], item["playable_id"], item["position"], item["duration"], item["progress"]) == (
        str(title), str(playable), 150, 600, 0.25,
    )  # fmt: skip
    assert (item["name"], item["type"], item["poster_url"]) == ("The Moss Hour", "movie", "/images/p.webp")
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == 150
    assert (await watch.items(f"/resume?title_ids={title},{new_id()}"))[0]["position"] == 150
    assert (await watch.items(f"/resume/playables?ids={playable}"))[0]["completed"] is False


async def test_a_finished_episode_offers_the_next_one_that_can_be_played(watch: Watch) -> None:
    places = [(1, 1), (1, 2), (2, 1)]
    title, ids = await watch.title("Signal Rock", episodes=places, ready=[(1, 1), (2, 1)])
    await watch.watch(title, ids[0], 100)
    (item,) = await watch.items("/continue-watching")
    assert (item["season_number"], item["episode_number"], item["episode_name"]) == (1, 1, "Episode 1.1")
    await watch.watch(title, ids[0], 580, seq=2)
    (item,) = await watch.items("/continue-watching")
    assert (item["playable_id"], item["position"], item["season_number"]) == (str(ids[2]), 0, 2)
    await watch.watch(title, ids[2], 600, seq=3, state="ended")
    assert await watch.items("/continue-watching") == []
    (resume,) = await watch.items(f"/resume?title_ids={title}")
    assert (resume["playable_id"], resume["position"], resume["completed"]) == (str(ids[0]), 0, True)


async def test_a_series_watched_again_is_continued_in_order(watch: Watch) -> None:
    title, ids = await watch.title("Signal Rock", episodes=[(1, 1), (1, 2)])

    async def see(playable: UUID, seq: int) -> None:
        for part, position in enumerate((200, 580, 600)):
            watch.clock.advance(60)
            await watch.watch(title, playable, position, seq=seq + part)

    await see(ids[0], 10)
    await see(ids[1], 20)
    assert await watch.items("/continue-watching") == []
    await see(ids[0], 30)
    (item,) = await watch.items("/continue-watching")
    assert (item["playable_id"], item["position"]) == (str(ids[1]), 0)
    await see(ids[1], 40)
    assert await watch.items("/continue-watching") == []


async def test_repeated_and_late_updates_change_nothing(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    await watch.watch(title, playable, 300, at=watch.ago(10), seq=5)
    for late in ({"at": watch.ago(20), "seq": 6}, {"at": watch.ago(10), "seq": 4}, {"at": watch.ago(10), "seq": 5}):
        await watch.watch(title, playable, 99, **late)  # type: ignore[arg-type]
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == 300
    assert len(await watch.rows("SELECT FROM sync_log")) == 1
    await watch.watch(title, playable, 310, at=watch.ago(10), seq=6)
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == 310


async def test_progress_may_come_before_the_title_it_belongs_to(watch: Watch) -> None:
    title, playable = new_id(), new_id()
    await watch.watch(title, playable, 100)
    assert await watch.items("/continue-watching") == []
    await watch.title(title_id=title, playables=[playable])
    assert len(await watch.items("/continue-watching")) == 1


async def test_an_older_title_never_replaces_a_newer_one(watch: Watch) -> None:
    title, (playable,) = await watch.title("New", version=5)
    await watch.title("Old", title_id=title, version=4, playables=[playable])
    await watch.watch(title, playable, 100)
    assert (await watch.items("/continue-watching"))[0]["name"] == "New"


async def test_what_was_removed_comes_back_when_it_is_watched_again(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    await watch.watch(title, playable, 100)
    watch.clock.advance(10)
    assert (await watch.call("DELETE", f"/continue-watching/{playable}")).status_code == 204
    assert await watch.items("/continue-watching") == []
    assert (await watch.items(f"/resume?title_ids={title}"))[0]["position"] == 100, "the position stays"
    await watch.watch(title, playable, 105, at=watch.ago(5), seq=2)
    assert await watch.items("/continue-watching") == [], "it happened before the removal"
    watch.clock.advance(1)
    await watch.watch(title, playable, 110, seq=3)
    assert len(await watch.items("/continue-watching")) == 1
    assert (await watch.call("DELETE", f"/continue-watching/{new_id()}")).status_code == 404


HIDDEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"status": "archived"}, {}),
    ({"maturity": 16}, {"maturity": 7}),
    ({"windows": (Window(regions=("DE",)),)}, {"country": "US"}),
]


@pytest.mark.parametrize(("title", "claims"), HIDDEN)
async def test_what_a_viewer_may_not_see_is_not_offered(
    watch: Watch, title: dict[str, Any], claims: dict[str, Any]
) -> None:
    viewer = watch.viewer(**claims)
    title_id, (playable,) = await watch.title(**title)
    await watch.watch(title_id, playable, 100, viewer=viewer)
    assert await watch.items("/continue-watching", viewer) == []
    assert await watch.items(f"/resume?title_ids={title_id}", viewer) == []
    refused = await watch.call("POST", "/list", viewer, json={"title_id": str(title_id)})
    assert (refused.status_code, refused.json()["code"]) == (404, "title_not_found")


async def test_nobody_sees_what_somebody_else_watched(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    await watch.watch(title, playable, 100)
    other_profile = watch.viewer(account_id=watch.ada.account_id)
    for viewer in (watch.bob, other_profile):
        assert (await watch.call("GET", f"/progress/{playable}", viewer)).json()["code"] == "not_watched"
        for path in (
            "/continue-watching",
            "/history",
            f"/resume?title_ids={title}",
            f"/resume/playables?ids={playable}",
        ):
            assert await watch.items(path, viewer) == []
        assert (await watch.call("DELETE", "/history", viewer)).status_code == 204
        assert (await watch.call("DELETE", f"/continue-watching/{playable}", viewer)).status_code == 204
    assert len(await watch.items("/continue-watching")) == 1
    assert len(await watch.items("/history")) == 1


async def test_a_history_that_is_cleared_is_told_also_where_nothing_has_a_position(watch: Watch) -> None:
    assert (await watch.call("DELETE", "/history")).status_code == 204
    types = [row["type"] for row in await watch.rows("SELECT type FROM outbox")]
    assert types == ["bijou.watch.history.cleared.v1"]
    assert [event["profile_id"] for event in await watch.events()] == [str(watch.ada.profile_id)]


def item(playable: UUID, position: float, at: Any, seq: int) -> dict[str, Any]:
    return {"playable_id": str(playable), "position": position, "occurred_at": at.isoformat(), "device_seq": seq}


async def test_an_offline_device_wins_only_with_what_happened_last(watch: Watch) -> None:
    title, (one,) = await watch.title()
    _, (two,) = await watch.title("Two")
    await watch.watch(title, one, 300, at=watch.ago(60))
    batch = [
        item(two, 50, watch.ago(500), 1),
        item(two, 90, watch.ago(400), 2),
        item(one, 111, watch.ago(100), 3),
        item(new_id(), 5, watch.ago(1), 4),
    ]
    answer = await watch.call("PUT", "/progress", json={"items": batch})
    assert [(v["applied"], v["position"], v["reason"]) for v in answer.json()["items"]] == [
        (False, 90, "stale"), (True, 90, None), (False, 300, "stale"), (False, None, "unknown_playable"),
    ]  # fmt: skip
    assert [(e["playable_id"], e["position"]) for e in await watch.events()] == [(str(two), 90)]
    again = await watch.call("PUT", "/progress", json={"items": batch})
    assert again.json() == answer.json(), "sent twice, told the same"
    assert len(await watch.events()) == 1
    await watch.call("PUT", "/progress", json={"items": [item(one, 400, watch.ago(30), 5)]})
    await watch.watch(title, one, 310, at=watch.ago(40), seq=9)
    assert (await watch.call("GET", f"/progress/{one}")).json()["position"] == 400


@pytest.mark.parametrize("error", [-3600, 0, 3600], ids=["an hour slow", "right", "an hour fast"])
async def test_a_devices_clock_does_not_decide_who_was_last(watch: Watch, error: float) -> None:
    """Later truth holds and an old position does not win, whatever the device's clock says."""
    title, (playable,) = await watch.title()
    await watch.watch(title, playable, 300, at=watch.ago(600))

    async def report(age: float, position: float, seq: int) -> Any:
        told = item(playable, position, watch.ago(age - error), seq)
        body = {"sent_at": watch.ago(-error).isoformat(), "items": [told]}
        return (await watch.call("PUT", "/progress", json=body)).json()["items"][0]["applied"]

    assert await report(1200, 111, 1) is False
    assert await report(60, 400, 2) is True
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == 400


async def test_a_batch_that_comes_again_wins_nothing(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    body = {"sent_at": watch.ago(0).isoformat(), "items": [item(playable, 100, watch.ago(30), 1)]}
    first = await watch.call("PUT", "/progress", json=body)
    await watch.watch(title, playable, 200, at=watch.ago(10))
    watch.clock.advance(120)
    again = await watch.call("PUT", "/progress", json=body)
    assert [answer.json()["items"][0]["applied"] for answer in (first, again)] == [True, False]
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == 200
    assert len(await watch.events()) == 1

    await watch.call("DELETE", "/history")
    watch.clock.advance(120)
    await watch.call("PUT", "/progress", json=body)
    assert (await watch.call("GET", f"/progress/{playable}")).status_code == 404, "nor after it was all forgotten"
    assert {row["playable_id"] for row in await watch.rows("SELECT playable_id FROM reports")} == {UUID(int=0)}


async def test_devices_and_sessions_agree_with_the_truth_in_any_order(watch: Watch) -> None:
    """Against a model that knows what really happened last: clocks off, batches late, repeated and out of order."""
    random = Random(16)
    title, (playable,) = await watch.title(duration=100_000)
    truth: list[tuple[Any, float]] = []
    devices = [
        (watch.viewer(account_id=watch.ada.account_id, profile_id=watch.ada.profile_id, device_id=new_id()), error)
        for error in (-7200.0, 0.0, 86_400.0)
    ]
    waiting: list[tuple[Any, float, list[dict[str, Any]]]] = []
    sent: list[tuple[Any, dict[str, Any]]] = []
    for step in range(1, 120):
        watch.clock.advance(random.randint(20, 900))
        viewer, error = random.choice(devices)
        match random.choice(["session", "offline", "offline", "send", "again"]):
            case "session":
                await watch.watch(title, playable, step, seq=step, duration=100_000)
                truth.append((watch.clock.now(), step))
            case "offline":
                waiting.append((viewer, error, [item(playable, step, watch.ago(-error), step)]))
                truth.append((watch.clock.now(), step))
            case "send" if waiting:
                who, off, items = waiting.pop(random.randrange(len(waiting)))
                body = {"sent_at": watch.ago(-off).isoformat(), "items": items}
                sent.append((who, body))
                assert (await watch.call("PUT", "/progress", who, json=body)).status_code == 200
            case "again" if sent:
                who, body = random.choice(sent)
                assert (await watch.call("PUT", "/progress", who, json=body)).status_code == 200
    for who, off, items in waiting:
        await watch.call("PUT", "/progress", who, json={"sent_at": watch.ago(-off).isoformat(), "items": items})
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == max(truth)[1]


async def test_a_profile_whose_limit_was_lowered_is_shown_nothing_above_it(watch: Watch) -> None:
    """By the row that identity told, not by the token, which still says 18."""
    title, (playable,) = await watch.title("Night Shift", maturity=16)
    await watch.watch(title, playable, 100)
    await watch.call("POST", "/list", json={"title_id": str(title)})
    paths = ("/history", "/continue-watching", "/list", f"/resume?title_ids={title}")
    for path in paths:
        assert len(await watch.items(path)) == 1, path
    await watch.account(watch.ada, 2, [watch.ada.profile_id], maturity=7)
    for path in paths:
        assert await watch.items(path) == [], path
    await watch.call("DELETE", f"/list/{title}")
    assert (await watch.call("POST", "/list", json={"title_id": str(title)})).status_code == 404


async def test_a_clock_that_runs_ahead_does_not_win_against_the_future(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    ahead = item(playable, 999, watch.ago(-86_400), 1)
    answer = await watch.call("PUT", "/progress", json={"items": [ahead]})
    assert answer.json()["items"][0] == {
        "playable_id": str(playable), "applied": True, "position": 600, "reason": None,
    }, "no further than the end"  # fmt: skip
    watch.clock.advance(1)
    await watch.watch(title, playable, 200)
    assert (await watch.call("GET", f"/progress/{playable}")).json()["position"] == 200


@pytest.mark.parametrize(
    "change",
    [
        {"position": -1},
        {"position": "NaN"},
        {"occurred_at": "2026-11-20T12:00:00"},
        {"device_seq": 2**63},
        {"profile_id": "x"},
    ],
)
async def test_a_batch_with_nonsense_is_refused(watch: Watch, change: dict[str, Any]) -> None:
    body = {"items": [{**item(new_id(), 1, watch.ago(1), 1), **change}]}
    assert (await watch.call("PUT", "/progress", json=body)).status_code == 422


async def test_the_history_has_a_line_for_each_day(watch: Watch) -> None:
    title, ids = await watch.title("Signal Rock", episodes=[(1, 1), (1, 2)])
    await watch.watch(title, ids[0], 100)
    await watch.watch(title, ids[0], 590, seq=2)
    watch.clock.advance(86_400)
    await watch.watch(title, ids[0], 50, seq=3)
    watch.clock.advance(60)
    await watch.watch(title, ids[1], 70, seq=4)
    first = (await watch.call("GET", "/history?limit=2")).json()
    assert [(line["episode_number"], line["position"]) for line in first["items"]] == [(2, 70), (1, 50)]
    rest = (await watch.call("GET", f"/history?limit=2&cursor={first['next_cursor']}")).json()
    assert [(line["position"], line["completed"]) for line in rest["items"]] == [(590, True)]
    assert rest["next_cursor"] is None


async def test_a_cleared_history_is_gone_everywhere_and_late_news_does_not_bring_it_back(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    await watch.watch(title, playable, 100)
    watch.clock.advance(10)
    assert (await watch.call("DELETE", "/history")).status_code == 204
    await watch.watch(title, playable, 101, at=watch.ago(5), seq=2)
    for path in ("/history", "/continue-watching", f"/resume?title_ids={title}"):
        assert await watch.items(path) == []
    cleared, event = await watch.events()
    assert cleared["profile_id"] == str(watch.ada.profile_id)
    assert (event["playable_id"], event["position"]) == (str(playable), None)
    watch.clock.advance(1)
    await watch.watch(title, playable, 120, seq=3)
    assert len(await watch.items("/history")) == 1


async def test_a_title_that_is_hidden_is_gone_alone_until_it_is_watched_again(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    other, (stays,) = await watch.title("Signal Rock")
    for each, (of, at) in enumerate(((title, playable), (other, stays))):
        await watch.watch(of, at, 100, seq=each)
        await watch.watch(of, at, 100, seq=each, viewer=watch.bob)
    await watch.call("PUT", f"/tracks/{title}", json={"audio": {"language": "de", "label": ""}})
    watch.clock.advance(10)
    for _ in range(2):
        assert (await watch.call("DELETE", f"/history/{title}")).status_code == 204
    hidden, event, again = await watch.events()
    assert (hidden["title_id"], hidden["profile_id"]) == (str(title), str(watch.ada.profile_id))
    assert (event["playable_id"], event["position"]) == (str(playable), None)
    assert again["title_id"] == str(title)
    # Late news of before does not bring it back.
    await watch.watch(title, playable, 101, at=watch.ago(5), seq=2)
    for path in ("/history", "/continue-watching"):
        assert [item["title_id"] for item in await watch.items(path)] == [str(other)]
        assert len(await watch.items(path, watch.bob)) == 2
    assert await watch.items(f"/resume?title_ids={title}") == []
    assert (await watch.call("GET", f"/tracks/{title}")).json()["audio"] is None
    watch.clock.advance(1)
    await watch.watch(title, playable, 120, seq=3)
    assert {item["title_id"] for item in await watch.items("/history")} == {str(title), str(other)}
    assert (await watch.call("DELETE", f"/history/{new_id()}")).json()["code"] == "title_not_found"


async def test_a_title_is_hidden_from_an_offline_device_too(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    viewer = watch.viewer(device_id=new_id())
    item = {"playable_id": str(playable), "position": 100, "occurred_at": watch.ago(60).isoformat(), "device_seq": 1}
    assert (await watch.call("PUT", "/progress", viewer, json={"items": [item]})).json()["items"][0]["applied"]
    assert (await watch.call("DELETE", f"/history/{title}", viewer)).status_code == 204
    later = {**item, "device_seq": 2, "occurred_at": watch.ago(30).isoformat()}
    for again in (item, later):
        told = (await watch.call("PUT", "/progress", viewer, json={"items": [again]})).json()["items"][0]
        assert (told["applied"], told["reason"]) == (False, "stale")
    assert await watch.items("/history", viewer) == []


async def test_a_profile_that_is_gone_leaves_nothing(watch: Watch) -> None:
    title, (playable,) = await watch.title()
    keep = watch.viewer(account_id=watch.ada.account_id)
    await watch.account(watch.ada, 1, [watch.ada.profile_id, keep.profile_id])
    for viewer in (watch.ada, keep, watch.bob):
        await watch.watch(title, playable, 100, viewer=viewer)
        await watch.call("POST", "/list", viewer, json={"title_id": str(title)})
    other, _ = await watch.title("Signal Rock")
    assert (await watch.call("DELETE", f"/history/{other}")).status_code == 204
    assert await watch.rows("SELECT * FROM hidden WHERE profile_id = $1", watch.ada.profile_id) != []
    await watch.account(watch.ada, 3, [keep.profile_id])
    await watch.account(watch.ada, 2, [])
    await watch.watch(title, playable, 120, seq=2)
    assert await watch.rows("SELECT * FROM hidden WHERE profile_id = $1", watch.ada.profile_id) == []
    for table in ("positions", "viewings", "list_items"):
        left = {row["profile_id"] for row in await watch.rows(f"SELECT profile_id FROM {table}")}
        assert left == {keep.profile_id, watch.bob.profile_id}, table
    log = "SELECT profile_id, data::text AS data FROM sync_log WHERE account_id = $1"
    told = await watch.rows(log, watch.ada.account_id)
    assert not [row for row in told if str(watch.ada.profile_id) in (str(row["profile_id"]), row["data"])]
    assert sum("profiles" in row["data"] for row in told) == 1
    await watch.account(watch.ada, 4, [], status="erased")
    assert await watch.rows("SELECT * FROM hidden WHERE profile_id = $1", watch.ada.profile_id) == []
    for table in ("positions", "viewings", "list_items"):
        left = {row["profile_id"] for row in await watch.rows(f"SELECT profile_id FROM {table}")}
        assert left == {watch.bob.profile_id}, table
    # One whose account nobody has told us of: neither what is here of it nor what is on its way stays.
    await watch.account(watch.bob, 2, [], erased=[watch.bob.profile_id])
    await watch.watch(title, playable, 130, viewer=watch.bob, seq=3)
    for table in ("positions", "viewings", "list_items"):
        assert await watch.rows(f"SELECT profile_id FROM {table}") == [], table
