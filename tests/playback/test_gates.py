"""Each gate of a start: what it refuses, in which words, and who passes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.chassis.ids import new_id
from libs.contracts.catalog import Playable, Window
from libs.contracts.identity import Device, Profile, SessionsRevoked
from tests.playback.world import SESSIONS, START, Viewer, World, asset, beat, start

Setup = Callable[[World, Viewer], Awaitable[dict[str, Any] | None]]


async def suspended(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, status="suspended"))


async def closed(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, status="deleting"))


async def signed_out(world: World, viewer: Viewer) -> None:
    await world.tell(
        SessionsRevoked(
            account_id=viewer.account_id, session_ids=(viewer.sign_in_id,), reason="logout", revoked_at=START
        )
    )


async def profile_gone(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, devices=(Device(id=viewer.device_id, name="TV"),)))


async def plan_none(world: World, viewer: Viewer) -> None:
    await world.tell(world.entitlement(viewer.account_id, 2, status="none", max_streams=0, valid_until=None))


async def plan_over(world: World, viewer: Viewer) -> None:
    await world.tell(world.entitlement(viewer.account_id, 2, status="past_due", valid_until=START))


async def plan_canceled(world: World, viewer: Viewer) -> None:
    await world.tell(world.entitlement(viewer.account_id, 2, status="canceled", valid_until=None))


async def only_4k(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"playable": Playable(id=new_id(), name="x", asset=asset(2160))}


async def unpublished(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"status": "archived"}


async def not_ready(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"playable": Playable(id=new_id(), name="x")}


async def elsewhere(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"windows": (Window(regions=("DE",)), Window(regions=("FR", "AT")))}


async def too_early(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"windows": (Window(starts_at=START + timedelta(seconds=1)), Window(regions=("DE",)))}


async def too_late(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"windows": (Window(ends_at=START),)}


async def too_grown_up(world: World, viewer: Viewer) -> dict[str, Any]:
    await world.tell(
        world.account(
            viewer.account_id, 2, profiles=(Profile(id=viewer.profile_id, name="Kid", maturity=7),),
            devices=(Device(id=viewer.device_id, name="TV"),),
        )
    )  # fmt: skip
    return {"maturity": 12}


async def device_gone(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, profiles=(Profile(id=viewer.profile_id, name="Ada"),)))


async def device_of_another(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(new_id(), devices=(Device(id=viewer.device_id, name="Theirs"),)))


@pytest.mark.parametrize(
    ("gate", "code", "arrange"),
    [
        ("account", "account_suspended", suspended),
        ("account", "account_closed", closed),
        ("account", "signed_out", signed_out),
        ("profile", "profile_not_allowed", profile_gone),
        ("plan", "no_plan", plan_none),
        ("plan", "plan_ended", plan_over),
        ("plan", "plan_ended", plan_canceled),
        ("height", "height_not_in_plan", only_4k),
        ("title", "title_not_published", unpublished),
        ("title", "title_not_ready", not_ready),
        ("region", "not_in_region", elsewhere),
        ("window", "window_not_open", too_early),
        ("window", "window_closed", too_late),
        ("maturity", "maturity_exceeded", too_grown_up),
        ("device", "device_removed", device_gone),
        ("device", "device_not_allowed", device_of_another),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_gate_refuses(client: httpx.AsyncClient, world: World, gate: str, code: str, arrange: Setup) -> None:
    viewer = await world.viewer()
    playable = await world.film(**(await arrange(world, viewer) or {}))

    refused = await start(client, viewer, playable)

    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == code
    verdicts = {verdict["gate"]: verdict for verdict in problem["decision"]["gates"]}
    closed_gates = {name for name, verdict in verdicts.items() if not verdict["ok"]}
    # A revoked device or account also tells the gates that depend on it; nothing else may be closed.
    assert gate in closed_gates <= {gate, "profile", "device"}
    assert verdicts[gate]["code"] == code
    assert await world.db.pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_no_entitlement_yet(client: httpx.AsyncClient, world: World) -> None:
    refused = await start(client, await world.viewer(streams=0), await world.film())
    assert (refused.status_code, refused.json()["code"]) == (403, "no_plan")


async def test_an_account_not_heard_of_yet_may_play(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(known=False)
    assert (await start(client, viewer, await world.film())).status_code == 201


async def test_a_profile_not_heard_of_yet_may_play_within_its_token(client: httpx.AsyncClient, world: World) -> None:
    """Just made, with its event on the way or Kafka away; one that was removed is another matter."""
    viewer = await world.viewer()
    playable = await world.film(maturity=12)
    for maturity, status in ((7, 403), (12, 201)):
        fresh = world.signed_in(viewer.account_id, new_id(), viewer.device_id, maturity=maturity)
        answer = await start(client, fresh, playable)
        assert answer.status_code == status
    assert (await beat(client, fresh, answer.json(), 1, 1)).status_code == 200
    await profile_gone(world, viewer)
    assert (await start(client, viewer, playable)).json()["code"] == "profile_not_allowed"


async def test_the_token_limits_maturity_and_country(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film(maturity=16, windows=(Window(regions=("DE", "US")),))
    for claims, code in (({"maturity": 12}, "maturity_exceeded"), ({"country": "FR"}, "not_in_region")):
        refused = await client.post(
            SESSIONS, json={"playable_id": str(playable)}, headers=world.as_seen(viewer, **claims)
        )
        assert refused.json()["code"] == code
    assert (await start(client, viewer, playable)).status_code == 201


async def test_the_plan_caps_the_height(client: httpx.AsyncClient, world: World) -> None:
    playable = await world.film()
    session = (await start(client, await world.viewer(height=720), playable)).json()
    assert session["max_height"] == session["decision"]["max_height"] == 720
    session = (await start(client, await world.viewer(), playable, capabilities={"max_height": 480})).json()
    assert session["max_height"] == 360


async def test_an_upright_picture_has_as_many_lines_as_it_is_wide(client: httpx.AsyncClient, world: World) -> None:
    lying = asset(1080, 480)
    turned = tuple(one.model_copy(update={"height": one.width, "width": one.height}) for one in lying.renditions)
    upright = Playable(id=new_id(), name="Holiday", asset=lying.model_copy(update={"renditions": turned}))
    playable = await world.film(playable=upright)
    for plan, opened in ((1080, 1080), (720, 480)):
        session = (await start(client, await world.viewer(height=plan), playable)).json()
        assert session["max_height"] == opened
