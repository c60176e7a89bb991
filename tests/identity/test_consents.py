"""Consents: kept with the profile, told to everybody, and in the tokens that intake believes."""

from typing import Any

import pytest
from jose import jwt

from tests.identity.conftest import Identity
from tests.identity.test_profiles import add, select


async def told(identity: Identity, token: str) -> Any:
    return (await identity.call("GET", "/me/consents", token)).json()


async def test_nobody_has_agreed_to_anything_before_they_say_so(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    found = await told(identity, token)
    assert (found["consents"], found["answered_at"]) == ([], None)
    assert found["asked_for"] == ["analytics", "personalisation"]
    assert jwt.get_unverified_claims(token)["cons"] == []
    assert (await identity.events("account.changed"))[-1]["profiles"][0]["consents"] is None


async def test_an_answer_counts_on_every_device_and_can_be_taken_back(identity: Identity) -> None:
    made = await identity.register()
    token = made["access_token"]
    answer = await identity.call(
        "PUT", "/me/consents", token, json={"consents": ["personalisation", "personalisation"]}
    )
    assert (answer.status_code, answer.json()["consents"]) == (200, ["personalisation"])
    assert answer.json()["answered_at"] is not None
    fresh = (await identity.call("POST", "/auth/refresh", json={"refresh_token": made["refresh_token"]})).json()
    assert jwt.get_unverified_claims(fresh["access_token"])["cons"] == ["personalisation"]
    assert (await identity.events("account.changed"))[-1]["profiles"][0]["consents"] == ["personalisation"]
    assert len(await identity.events("tokens.outdated")) == 1
    # The same again outdates no token; taking it back does, so that other devices fall silent too.
    await identity.call("PUT", "/me/consents", token, json={"consents": ["personalisation"]})
    assert len(await identity.events("tokens.outdated")) == 1
    await identity.call("PUT", "/me/consents", token, json={"consents": []})
    assert len(await identity.events("tokens.outdated")) == 2
    found = await told(identity, fresh["access_token"])
    assert (found["consents"], found["answered_at"] is None) == ([], False)


async def test_each_profile_answers_for_itself_and_a_child_for_nobody(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    grown_up, child = await add(identity, token, name="Bo"), await add(identity, token, name="Cy", kids=True)
    await identity.call("PUT", "/me/consents", token, json={"consents": ["analytics"]})
    other = await select(identity, token, grown_up["id"])
    assert (await told(identity, other))["consents"] == []
    small = await select(identity, other, child["id"])
    found = await told(identity, small)
    assert (found["consents"], found["asked_for"]) == ([], [])
    refused = await identity.call("PUT", "/me/consents", small, json={"consents": ["analytics"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "kids_profile")


async def test_a_profile_that_becomes_a_childs_has_agreed_to_nothing(identity: Identity) -> None:
    token = (await identity.register())["access_token"]
    other = await add(identity, token, name="Bo", maturity=7)
    bound = await select(identity, token, other["id"])
    await identity.call("PUT", "/me/consents", bound, json={"consents": ["analytics"]})
    changed = await identity.call(
        "PATCH", f"/me/profiles/{other['id']}", bound, json={"kids": True, "password": "a lighthouse full of moss"}
    )
    assert changed.status_code == 200, changed.text
    assert (await told(identity, bound))["consents"] == []
    assert (await identity.events("account.changed"))[-1]["profiles"][1]["consents"] == []


@pytest.mark.parametrize("said", [["necessary"], ["everything"], "analytics", None, ["analytics"] * 11])
async def test_only_what_is_asked_for_can_be_agreed_to(identity: Identity, said: Any) -> None:
    token = (await identity.register())["access_token"]
    answer = await identity.call("PUT", "/me/consents", token, json={"consents": said})
    assert answer.status_code == 422
