"""Profiles: limits of number and maturity, PINs, who may change which, binding of tokens."""

from typing import Any

import pytest
from jose import jwt

from tests.identity.conftest import PASSWORD, Identity, Start


async def add(identity: Identity, token: str, **body: Any) -> dict[str, Any]:
    answer = await identity.call("POST", "/me/profiles", token, json={"name": "Bo", **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def select(identity: Identity, token: str, profile_id: str, pin: str | None = None) -> str:
    answer = await identity.call("POST", f"/me/profiles/{profile_id}/select", token, json={"pin": pin})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def test_profiles_are_added_up_to_five(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    made = await add(identity, token, name="Bo", language="pt-BR", maturity=12)
    assert (made["maturity"], made["language"], made["has_pin"]) == (12, "pt-BR", False)
    for _ in range(3):
        await add(identity, token)
    answer = await identity.call("POST", "/me/profiles", token, json={"name": "Six"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_profiles")
    listed = (await identity.call("GET", "/me/profiles", token)).json()["items"]
    assert len(listed) == len({item["avatar_url"] for item in listed}) == 5
    assert (await identity.events("account.changed"))[-1]["profiles"][1]["maturity"] == 12


async def test_who_deletes_profiles_again_and_again_makes_no_event_too_large(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.identity.service.profiles.MOST_REMOVED", 3)
    token = (await identity.register())["access_token"]
    for _ in range(3):
        made = await add(identity, token)
        assert (await identity.call("DELETE", f"/me/profiles/{made['id']}", token)).status_code == 204
    answer = await identity.call("POST", "/me/profiles", token, json={"name": "Four"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_profiles_removed")
    assert len((await identity.events("account.changed"))[-1]["erased_profiles"]) == 3


@pytest.mark.parametrize(
    "body",
    [{"maturity": 13}, {"maturity": "18+"}, {"pin": "12345"}, {"pin": "abcd"}, {"pin": "١٢٣٤"}, {"avatar_url": "http://evil/x"},
     {"language": "english please"}, {"name": ""}],
)  # fmt: skip
async def test_malformed_profiles_are_refused(identity: Identity, body: dict[str, object]) -> None:
    token = (await identity.register())["access_token"]
    answer = await identity.call("POST", "/me/profiles", token, json={"name": "Bo", **body})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_kids_profiles_stay_at_seven(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    kids = await add(identity, token, kids=True)
    assert kids["maturity"] == 7
    refused = await identity.call("POST", "/me/profiles", token, json={"name": "Bo", "kids": True, "maturity": 12})
    assert (refused.status_code, refused.json()["code"]) == (422, "kids_maturity")
    changed = await identity.call("PATCH", f"/me/profiles/{kids['id']}", token, json={"maturity": 16})
    assert changed.json()["code"] == "kids_maturity"
    teen = await add(identity, token, maturity=16)
    made_kids = await identity.call("PATCH", f"/me/profiles/{teen['id']}", token, json={"kids": True})
    assert (made_kids.json()["kids"], made_kids.json()["maturity"]) == (True, 7)


async def test_the_last_profile_stays(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    [only] = (await identity.call("GET", "/me/profiles", token)).json()["items"]
    answer = await identity.call("DELETE", f"/me/profiles/{only['id']}", token)
    assert (answer.status_code, answer.json()["code"]) == (409, "last_profile")
    other = await add(identity, token)
    assert (await identity.call("DELETE", f"/me/profiles/{other['id']}", token)).status_code == 204
    assert (await identity.call("DELETE", f"/me/profiles/{other['id']}", token)).status_code == 404


async def test_strangers_and_anonymous_reach_no_profile(identity: Identity) -> None:
    mine, other = await identity.register(), await identity.register()
    [theirs] = (await identity.call("GET", "/me/profiles", other["access_token"])).json()["items"]
    for method, path in (
        ("PATCH", f"/me/profiles/{theirs['id']}"),
        ("DELETE", f"/me/profiles/{theirs['id']}"),
        ("POST", f"/me/profiles/{theirs['id']}/select"),
    ):
        answer = await identity.call(method, path, mine["access_token"], json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "profile_not_found")
        assert (await identity.call(method, path, json={})).status_code == 401
    assert (await identity.call("GET", "/me/profiles")).status_code == 401
    assert (await identity.call("POST", "/me/profiles", json={"name": "Eve"})).status_code == 401


async def test_a_selected_profile_is_kept_over_refreshes(identity: Identity) -> None:
    first = await identity.register()
    teen = await add(identity, first["access_token"], maturity=12)
    token = await select(identity, first["access_token"], teen["id"])
    claims = jwt.get_unverified_claims(token)
    assert (claims["pid"], claims["mat"], claims["kids"]) == (teen["id"], 12, False)
    assert claims["lang"] == teen["language"]
    refreshed = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert refreshed["profile_id"] == teen["id"]
    assert jwt.get_unverified_claims(refreshed["access_token"])["pid"] == teen["id"]


async def test_several_profiles_or_a_pin_leave_a_new_sign_in_unbound(identity: Identity) -> None:
    first = await identity.register()
    token = first["access_token"]
    [only] = (await identity.call("GET", "/me/profiles", token)).json()["items"]
    login = {"email": first["email"], "password": PASSWORD}
    assert (await identity.call("POST", "/auth/login", json=login)).json()["profile_id"] == only["id"]
    await identity.call("PATCH", f"/me/profiles/{only['id']}", token, json={"pin": "1234"})
    locked = (await identity.call("POST", "/auth/login", json=login)).json()
    assert locked["profile_id"] is None
    claims = jwt.get_unverified_claims(locked["access_token"])
    assert "pid" not in claims and (claims["mat"], claims["kids"]) == (18, False)


async def test_a_pin_is_asked_for_hashed_and_throttled(start: Start) -> None:
    identity = await start(pins_per_profile=3)
    token = (await identity.register())["access_token"]
    kid = await add(identity, token, pin="4711")
    assert kid["has_pin"] is True and "4711" not in str(await identity.rows("SELECT pin_hash FROM profiles"))
    path = f"/me/profiles/{kid['id']}/select"
    answers = [
        await identity.call("POST", path, token, json={"pin": pin})
        for pin in (None, "0000", "4711", "0001", "4711", "0002", "4711")
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 200, 403, 200, 403, 429]
    assert answers[1].json()["code"] == "wrong_pin"
    assert "retry-after" in answers[-1].headers


async def test_a_locked_profile_is_changed_from_itself_or_with_the_password(identity: Identity) -> None:
    first = await identity.register()
    own = first["access_token"]
    locked = await add(identity, own, pin="4711")
    path = f"/me/profiles/{locked['id']}"
    refused = await identity.call("PATCH", path, own, json={"pin": None})
    assert (refused.status_code, refused.json()["code"]) == (403, "profile_locked")
    assert (await identity.call("DELETE", path, own)).json()["code"] == "profile_locked"
    wrong = await identity.call("PATCH", path, own, json={"pin": None, "password": "guess"})
    assert wrong.json()["code"] == "wrong_password"
    itself = await select(identity, own, locked["id"], "4711")
    assert (await identity.call("PATCH", path, itself, json={"name": "Cleo"})).json()["name"] == "Cleo"
    opened = await identity.call("PATCH", path, own, json={"pin": None, "password": PASSWORD})
    assert opened.json()["has_pin"] is False


async def test_nobody_hands_out_more_maturity_than_they_have(identity: Identity) -> None:
    own = (await identity.register())["access_token"]
    teen = await add(identity, own, maturity=12)
    as_teen = await select(identity, own, teen["id"])
    for method, path in (("PATCH", f"/me/profiles/{teen['id']}"), ("POST", "/me/profiles")):
        answer = await identity.call(method, path, as_teen, json={"name": "Bo", "maturity": 16})
        assert (answer.status_code, answer.json()["code"]) == (403, "maturity_not_allowed")
    assert (await add(identity, as_teen))["maturity"] == 12


def holders_own(device: str) -> list[tuple[str, str, dict[str, str]]]:
    return [
        ("PATCH", "/me", {"name": "x"}),
        ("POST", "/me/password", {"current_password": PASSWORD, "new_password": "nine violet harbours"}),
        ("GET", "/me/devices", {}),
        ("PATCH", f"/me/devices/{device}", {"name": "x"}),
        ("DELETE", f"/me/devices/{device}", {}),
        ("GET", "/me/sessions", {}),
    ]


async def test_a_profile_that_was_lowered_is_no_holder_whatever_its_token_says(identity: Identity) -> None:
    own = await identity.register()
    login = (await identity.call("POST", "/auth/login", json={"email": own["email"], "password": PASSWORD})).json()
    path = f"/me/profiles/{own['profile_id']}"
    assert (await identity.call("PATCH", path, login["access_token"], json={"maturity": 16})).status_code == 200
    for method, path, body in holders_own(own["device_id"]):
        answer = await identity.call(method, path, own["access_token"], json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "holder_required"), path


async def test_a_change_of_rights_outdates_the_tokens_from_before(identity: Identity) -> None:
    first = await identity.register()
    token = first["access_token"]
    teen = await add(identity, token, maturity=16)
    path = f"/me/profiles/{teen['id']}"
    await identity.call("PATCH", path, token, json={"name": "Cleo", "language": "de"})
    assert await identity.events("tokens.outdated") == []
    await identity.call("PATCH", path, token, json={"maturity": 12})
    await identity.call("PATCH", path, token, json={"kids": True})
    await identity.call("DELETE", path, token)
    events = await identity.events("tokens.outdated")
    versions = [event["version"] for event in await identity.events("account.changed")][-3:]
    assert [(event["profile_id"], event["version"]) for event in events] == [(teen["id"], n) for n in versions]
    renewed = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert jwt.get_unverified_claims(renewed["access_token"])["ver"] == versions[-1]
    assert jwt.get_unverified_claims(token)["ver"] < events[0]["version"]


async def test_choosing_a_profile_that_may_watch_less_outdates_the_tokens_from_before(identity: Identity) -> None:
    first = await identity.register()
    adult = first["access_token"]
    teen = await add(identity, adult, maturity=16)
    kid = await add(identity, adult, kids=True)
    lowered: list[int] = []

    async def chosen(token: str, profile_id: str, **proof: str) -> str:
        answer = await identity.call("POST", f"/me/profiles/{profile_id}/select", token, json=proof)
        assert answer.status_code == 200, answer.text
        lowered.append(jwt.get_unverified_claims(answer.json()["access_token"])["low"])
        return str(answer.json()["access_token"])

    token = await chosen(adult, teen["id"])
    token = await chosen(token, kid["id"])
    token = await chosen(token, kid["id"])
    token = await chosen(token, first["profile_id"], password=PASSWORD)
    await chosen(token, teen["id"])
    assert lowered == [1, 2, 2, 2, 3], "each step down, and nothing else"
    events = await identity.events("sign-in.lowered")
    session = jwt.get_unverified_claims(adult)["sid"]
    assert [(event["session_id"], event["lowered"]) for event in events] == [(session, 1), (session, 2), (session, 3)]
    renewed = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert jwt.get_unverified_claims(renewed.json()["access_token"])["low"] == 3
    other = (await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})).json()
    assert jwt.get_unverified_claims(other["access_token"])["low"] == 0, "another device is another sign-in"


async def test_a_kids_profile_changes_nothing(identity: Identity) -> None:
    own = (await identity.register())["access_token"]
    kids = await add(identity, own, kids=True)
    device = (await identity.call("GET", "/me/devices", own)).json()["items"][0]["id"]
    as_kid = await select(identity, own, kids["id"])
    for method, path, body in (
        ("POST", "/me/profiles", {"name": "x"}),
        ("PATCH", f"/me/profiles/{kids['id']}", {"kids": False}),
        ("DELETE", f"/me/profiles/{kids['id']}", {}),
    ):
        answer = await identity.call(method, path, as_kid, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "kids_profile"), path
    for token in (as_kid, own):  # a token from before the choice says nothing that the rows do not
        for method, path, body in holders_own(device):
            answer = await identity.call(method, path, token, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "holder_required"), path
    assert (await identity.call("GET", "/me/profiles", as_kid)).status_code == 200
