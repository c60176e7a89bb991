"""Devices: recognised, renamed, signed out."""

import pytest

from services.identity.domain import device_from_user_agent
from services.identity.schemas.auth import LoginDevice
from tests.identity.conftest import PASSWORD, Identity

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"
TIZEN = "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 (KHTML, like Gecko) Version/6.0 TV Safari/538.1"


@pytest.mark.parametrize(
    ("header", "type_"),
    [(IPHONE, "mobile"), (IPAD, "tablet"), (TIZEN, "tv"), ("", "other"), ("curl/8", "other"), ("\x00", "other")],
)
def test_the_kind_of_device_is_read_from_the_user_agent(header: str, type_: str) -> None:
    found = device_from_user_agent(header)
    assert found.type == type_ and found.name


@pytest.mark.parametrize(
    ("said", "type_"), [("Phone", "mobile"), ("TV", "tv"), ("desktop", "web"), ("toaster", "other")]
)
def test_what_a_client_calls_itself_keeps_nobody_out(said: str, type_: str) -> None:
    assert LoginDevice(type=said).type == type_


async def test_a_device_that_gives_its_id_stays_the_same(identity: Identity) -> None:
    first = await identity.register()
    body = {"email": first["email"], "password": PASSWORD, "device": {"id": first["device_id"]}}
    again = (await identity.call("POST", "/auth/login", json=body)).json()
    assert again["device_id"] == first["device_id"]
    named = {**body, "device": {"name": "Living room", "type": "tv"}}
    other = (await identity.call("POST", "/auth/login", json=named)).json()
    listed = (await identity.call("GET", "/me/devices", other["access_token"])).json()["items"]
    assert [(item["name"], item["type"], item["current"]) for item in listed if item["id"] == other["device_id"]] == [
        ("Living room", "tv", True)
    ]
    assert len(listed) == 2
    assert len((await identity.events("account.changed"))[-1]["devices"]) == 2


async def test_somebody_elses_device_id_is_not_taken_over(identity: Identity) -> None:
    mine, other = await identity.register(), await identity.register()
    body = {"email": mine["email"], "password": PASSWORD, "device": {"id": other["device_id"]}}
    answer = (await identity.call("POST", "/auth/login", json=body)).json()
    assert answer["device_id"] not in (other["device_id"], mine["device_id"])


async def test_devices_are_renamed_and_trusted_by_their_owner_only(identity: Identity) -> None:
    mine, other = await identity.register(), await identity.register()
    path = f"/me/devices/{mine['device_id']}"
    changed = await identity.call("PATCH", path, mine["access_token"], json={"name": "Desk", "trusted": True})
    assert (changed.json()["name"], changed.json()["trusted"]) == ("Desk", True)
    for method in ("PATCH", "DELETE"):
        assert (await identity.call(method, path, json={})).status_code == 401
        answer = await identity.call(method, path, other["access_token"], json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "device_not_found")
    assert (await identity.call("GET", "/me/devices")).status_code == 401


async def test_removing_a_device_signs_it_out(identity: Identity) -> None:
    first = await identity.register()
    login = (await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})).json()
    gone = await identity.call("DELETE", f"/me/devices/{login['device_id']}", first["access_token"])
    assert gone.status_code == 204
    refresh = await identity.call("POST", "/auth/refresh", json={"refresh_token": login["refresh_token"]})
    assert refresh.status_code == 401
    assert [event["reason"] for event in await identity.events("sessions.revoked")] == ["device_removed"]
    assert (await identity.call("GET", "/me", first["access_token"])).status_code == 200
