"""The audio and the captions chosen for a title."""

from typing import Any
from uuid import UUID

from libs.chassis.ids import new_id
from tests.watchstate.conftest import Viewer, Watch

GERMAN = {"language": "de", "label": "Deutsch"}
NOTHING = {"audio": None, "captions": None}


async def choose(watch: Watch, title_id: UUID, viewer: Viewer | None = None, **choice: Any) -> int:
    answer = await watch.call("PUT", f"/tracks/{title_id}", viewer, json=choice)
    return answer.status_code


async def chosen(watch: Watch, title_id: UUID, viewer: Viewer | None = None) -> dict[str, Any]:
    answer = await watch.call("GET", f"/tracks/{title_id}", viewer)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_last_choice_holds_on_every_device_of_the_profile(watch: Watch) -> None:
    title, _ = await watch.title(episodes=[(1, 1), (1, 2)])
    assert await chosen(watch, title) == NOTHING
    assert await choose(watch, title, audio=GERMAN, captions={"language": "en"}) == 200
    assert await choose(watch, title, audio=GERMAN, captions="off") == 200
    tv = watch.viewer(account_id=watch.ada.account_id, profile_id=watch.ada.profile_id)
    assert await chosen(watch, title, tv) == {"audio": GERMAN, "captions": "off"}
    assert await chosen(watch, title, watch.bob) == NOTHING
    assert len(await watch.rows("SELECT 1 FROM track_choices")) == 1


async def test_only_what_this_viewer_may_see_can_be_chosen_for(watch: Watch) -> None:
    grown_up, _ = await watch.title(maturity=18)
    child = watch.viewer(maturity=7)
    assert await choose(watch, new_id(), captions="off") == 404
    assert await choose(watch, grown_up, child, captions="off") == 404
    for wrong in ({"captions": "on"}, {"audio": "de"}, {"audio": {"language": ""}}, {"voice": GERMAN}):
        assert await choose(watch, grown_up, **wrong) == 422


async def test_choices_go_with_the_history_and_with_the_profile(watch: Watch) -> None:
    title, _ = await watch.title()
    await choose(watch, title, captions="off")
    await choose(watch, title, watch.bob, captions="off")
    assert (await watch.call("DELETE", "/history")).status_code == 204
    assert await chosen(watch, title) == NOTHING
    await watch.account(watch.bob, 1, [watch.bob.profile_id])
    await watch.account(watch.bob, 2, [new_id()])
    assert await watch.rows("SELECT * FROM track_choices") == []
