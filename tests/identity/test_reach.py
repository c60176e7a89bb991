"""What a sign-in reaches: lowered by choosing a profile, kept when that is lost, raised by a PIN or the password alone."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from jose import jwt

from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from services.identity.domain import FULL_REACH, Reach
from tests.conftest import DatabaseFactory
from tests.identity.conftest import PASSWORD, Identity


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.get_unverified_claims(token)
    return found


@dataclass
class Household:
    """An adult's account with a teen's profile, and a sign-in at which the teen sits."""

    identity: Identity
    email: str
    adult: str
    teen: str
    refresh: str
    token: str

    async def call(self, method: str, path: str, **body: Any) -> Any:
        return await self.identity.call(method, f"/me/profiles{path}", self.token, json=body)

    async def again(self) -> dict[str, Any]:
        """Trade the refresh token, as the teen's device does."""
        answer = await self.identity.call("POST", "/auth/refresh", json={"refresh_token": self.refresh})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.refresh, self.token = found["refresh_token"], found["access_token"]
        return found

    async def is_kept_within(self, maturity: int, *, kids: bool = False) -> None:
        """Whatever is tried from here without a proof ends at `maturity`."""
        said = claims(self.token)
        assert said["mat"] <= maturity and said["kids"] is kids
        attempts = [
            await self.call("POST", "", name="Grown up", maturity=18),
            await self.call("POST", "", name="Grown up"),
            await self.call("POST", f"/{self.adult}/select"),
            await self.call("PATCH", f"/{self.adult}", pin="1111"),
            await self.call("DELETE", f"/{self.adult}"),
        ]
        for answer in attempts:
            if answer.status_code == 201:
                assert answer.json()["maturity"] <= maturity
            else:
                assert answer.status_code in (403, 404), answer.text
        if (await self.identity.rows("SELECT 1 FROM profiles WHERE id = $1", self.teen)) and not kids:
            raised = await self.call("PATCH", f"/{self.teen}", maturity=18)
            assert (raised.status_code, raised.json()["code"]) in (
                (403, "maturity_not_allowed"),
                (403, "proof_required"),
            )
        assert claims((await self.again())["access_token"])["mat"] <= maturity


async def household(identity: Identity, **teen: Any) -> Household:
    first = await identity.register()
    [adult] = (await identity.call("GET", "/me/profiles", first["access_token"])).json()["items"]
    body = {"name": "Teo", "maturity": 12, **teen}
    made = (await identity.call("POST", "/me/profiles", first["access_token"], json=body)).json()
    login = await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})
    chosen = await identity.call("POST", f"/me/profiles/{made['id']}/select", login.json()["access_token"], json={})
    return Household(
        identity, first["email"], adult["id"], made["id"], login.json()["refresh_token"], chosen.json()["access_token"]
    )


def test_kids_reach_no_profile_for_grown_ups_whatever_its_maturity() -> None:
    assert Reach(12, kids=False).covers(7, kids=True) and not Reach(7, kids=True).covers(0, kids=False)
    assert FULL_REACH.covers(18, kids=False) and not Reach(12, kids=False).covers(16, kids=False)


async def test_choosing_a_profile_lowers_what_the_sign_in_reaches(identity: Identity) -> None:
    await (await household(identity)).is_kept_within(12)


async def test_deleting_the_own_profile_raises_nothing(identity: Identity) -> None:
    home = await household(identity)
    assert (await home.call("DELETE", f"/{home.teen}")).status_code == 204
    await home.is_kept_within(12)  # the token in hand
    answer = await home.again()
    assert answer["profile_id"] is None
    assert (claims(home.token)["mat"], claims(home.token)["kids"]) == (12, False)
    await home.is_kept_within(12)


async def test_losing_the_profile_to_somebody_else_raises_nothing(identity: Identity) -> None:
    home = await household(identity)
    parent = (await identity.call("POST", "/auth/login", json={"email": home.email, "password": PASSWORD})).json()
    gone = await identity.call("DELETE", f"/me/profiles/{home.teen}", parent["access_token"])
    assert gone.status_code == 204
    answer = await home.again()
    assert answer["profile_id"] is None, "the adult's is the only profile left, and still not theirs"
    await home.is_kept_within(12)


async def test_a_kids_profile_that_was_lost_still_changes_nothing(identity: Identity) -> None:
    home = await household(identity, kids=True, maturity=7)
    await identity.rows("DELETE FROM profiles WHERE id = $1", home.teen)
    await home.again()
    assert (claims(home.token)["mat"], claims(home.token)["kids"]) == (7, True)
    assert (await home.call("POST", "", name="Bo")).json()["code"] == "kids_profile"
    await home.is_kept_within(7, kids=True)


async def test_a_profile_lowered_by_a_parent_lowers_its_sign_ins_for_good(identity: Identity) -> None:
    home = await household(identity, maturity=16)
    parent = (await identity.call("POST", "/auth/login", json={"email": home.email, "password": PASSWORD})).json()
    path = f"/me/profiles/{home.teen}"
    assert (await identity.call("PATCH", path, parent["access_token"], json={"maturity": 7})).status_code == 200
    raised = await identity.call("PATCH", path, home.token, json={"maturity": 16})  # its token still says 16
    assert (raised.status_code, raised.json()["code"]) == (403, "maturity_not_allowed")
    assert (await home.call("DELETE", f"/{home.teen}")).status_code == 204
    await home.again()
    await home.is_kept_within(7)


async def test_a_teen_allows_a_sibling_no_more(identity: Identity) -> None:
    """What the parents set for one child is not for another one to raise, though it lies within their own."""
    home = await household(identity, maturity=16)
    parent = (await identity.call("POST", "/auth/login", json={"email": home.email, "password": PASSWORD})).json()
    for limits in ({"maturity": 7}, {"maturity": 7, "kids": True}):
        body = {"name": "Kit", **limits}
        sibling = (await identity.call("POST", "/me/profiles", parent["access_token"], json=body)).json()["id"]
        for change in ({"maturity": 16}, {"maturity": 12, "kids": False}, {"kids": False, "maturity": 7}):
            if change == {"kids": False, "maturity": 7} and not limits.get("kids"):
                continue
            refused = await home.call("PATCH", f"/{sibling}", **change)
            expected = 422 if change == {"maturity": 16} and limits.get("kids") else 403
            assert refused.status_code == expected, f"{limits} → {change}: {refused.text}"
        assert (await home.call("PATCH", f"/{sibling}", name="Kitty", maturity=7)).status_code == 200
        raised = await home.call("PATCH", f"/{sibling}", kids=False, maturity=12, password=PASSWORD)
        assert (raised.status_code, raised.json()["maturity"]) == (200, 12)
        raised = await identity.call("PATCH", f"/me/profiles/{sibling}", parent["access_token"], json={"maturity": 16})
        assert (raised.status_code, raised.json()["maturity"]) == (200, 16)
        lowered = await home.call("PATCH", f"/{sibling}", maturity=0)
        assert (lowered.status_code, lowered.json()["maturity"]) == (200, 0)


async def test_a_token_from_before_a_choice_raises_nothing(identity: Identity) -> None:
    home = await household(identity)
    login = (await identity.call("POST", "/auth/login", json={"email": home.email, "password": PASSWORD})).json()
    before = login["access_token"]
    await identity.call("POST", f"/me/profiles/{home.teen}/select", before, json={})
    for method, path in (("POST", ""), ("PATCH", f"/{home.teen}")):
        answer = await identity.call(method, f"/me/profiles{path}", before, json={"name": "Bo", "maturity": 18})
        assert (answer.status_code, answer.json()["code"]) == (403, "maturity_not_allowed")
    back = await identity.call("POST", f"/me/profiles/{home.adult}/select", before, json={})
    assert (back.status_code, back.json()["code"]) == (403, "proof_required")


async def test_the_password_leads_out_of_a_limited_profile(identity: Identity) -> None:
    home = await household(identity, kids=True, maturity=7)
    refused = await home.call("POST", f"/{home.adult}/select")
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_required")
    wrong = await home.call("POST", f"/{home.adult}/select", password="guess")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    opened = await home.call("POST", f"/{home.adult}/select", password=PASSWORD)
    assert claims(opened.json()["access_token"])["mat"] == 18
    assert (await home.again())["profile_id"] == home.adult


async def test_a_pin_leads_to_its_own_profile_alone(identity: Identity) -> None:
    home = await household(identity)
    parent = (await identity.call("POST", "/auth/login", json={"email": home.email, "password": PASSWORD})).json()
    path = f"/me/profiles/{home.adult}"
    await identity.call("PATCH", path, parent["access_token"], json={"pin": "4711"})
    second = await identity.call("POST", "/me/profiles", parent["access_token"], json={"name": "Cleo"})
    for body in ({}, {"pin": "0000"}):
        assert (await home.call("POST", f"/{home.adult}/select", **body)).json()["code"] == "wrong_pin"
    beside = await home.call("POST", f"/{second.json()['id']}/select", pin="4711")
    assert beside.json()["code"] == "proof_required"
    opened = await home.call("POST", f"/{home.adult}/select", pin="4711")
    assert claims(opened.json()["access_token"])["mat"] == 18


async def test_the_password_opens_a_profile_whose_pin_is_lost(identity: Identity) -> None:
    home = await household(identity)
    await identity.rows("UPDATE profiles SET pin_hash = 'x' WHERE id = $1", home.adult)
    opened = await home.call("POST", f"/{home.adult}/select", password=PASSWORD)
    assert opened.status_code == 200


async def test_the_password_allows_more_than_ones_own(identity: Identity) -> None:
    home = await household(identity, kids=True, maturity=7)
    made = await home.call("POST", "", name="Cleo", maturity=18, password=PASSWORD)
    assert (made.status_code, made.json()["maturity"]) == (201, 18)
    raised = await home.call("PATCH", f"/{home.teen}", kids=False, maturity=12, password=PASSWORD)
    assert (raised.status_code, raised.json()["maturity"]) == (200, 12)
    assert claims((await home.again())["access_token"])["mat"] == 12


async def test_nobody_can_leave_kids_by_making_the_profile_one_for_grown_ups(identity: Identity) -> None:
    home = await household(identity, kids=True, maturity=7)
    answer = await home.call("PATCH", f"/{home.teen}", kids=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "kids_profile")


async def test_a_login_with_a_known_device_reaches_all_and_one_with_a_stolen_name_nothing_more(
    identity: Identity,
) -> None:
    home = await household(identity)
    device = claims(home.token)["did"]
    body = {"email": home.email, "password": PASSWORD, "device": {"id": device}}
    assert claims((await identity.call("POST", "/auth/login", json=body)).json()["access_token"])["mat"] == 18
    refused = await identity.call("POST", "/auth/login", json={**body, "password": "guess"})
    assert refused.status_code == 401
    await home.is_kept_within(12)


async def test_a_limited_profile_gives_no_new_password(identity: Identity) -> None:
    home = await household(identity)
    changed = await identity.call(
        "POST", "/me/password", home.token,
        json={"current_password": PASSWORD, "new_password": "nine violet harbours"},
    )  # fmt: skip
    assert (changed.status_code, changed.json()["code"]) == (403, "holder_required")
    await home.is_kept_within(12)


async def test_only_the_last_profile_of_full_reach_binds_itself(identity: Identity) -> None:
    first = await identity.register()
    assert first["profile_id"] is not None
    await identity.rows("UPDATE profiles SET maturity = 7, kids = true")
    login = (await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})).json()
    assert login["profile_id"] is None, "whoever gave the password is not shut into the only profile, a child's"
    made = await identity.call("POST", "/me/profiles", login["access_token"], json={"name": "Ada"})
    assert (made.status_code, made.json()["maturity"]) == (201, 18)


async def test_a_screen_left_at_the_choice_of_profiles_makes_none(identity: Identity) -> None:
    home = await household(identity)
    login = (await identity.call("POST", "/auth/login", json={"email": home.email, "password": PASSWORD})).json()
    token = login["access_token"]
    identity.clock.advance(15 * 60 + 1)
    refused = await identity.call("POST", "/me/profiles", token, json={"name": "Grown up"})
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_required")
    made = await identity.call("POST", "/me/profiles", token, json={"name": "Cleo", "password": PASSWORD})
    assert made.status_code == 201
    chosen = await identity.call("POST", f"/me/profiles/{home.adult}/select", token, json={})
    assert chosen.status_code == 200, "an unlocked profile is chosen freely by whoever signed in"


@pytest.mark.parametrize("new", [None, "2222"])
async def test_a_pin_is_changed_by_its_pin_or_a_fresh_password(identity: Identity, new: str | None) -> None:
    first = await identity.register()
    path = f"/me/profiles/{first['profile_id']}"
    token = first["access_token"]
    await identity.call("PATCH", path, token, json={"pin": "4711"})
    assert (await identity.call("PATCH", path, token, json={"pin": "1234"})).status_code == 200, "just signed in"
    identity.clock.advance(15 * 60 + 1)
    token = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()[
        "access_token"
    ]
    for body, code in (
        ({}, "pin_protected"),
        ({"current_pin": "4711"}, "wrong_pin"),
        ({"password": "x"}, "wrong_password"),
    ):
        refused = await identity.call("PATCH", path, token, json={"pin": new, **body})
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert (await identity.call("PATCH", path, token, json={"name": "Cleo"})).status_code == 200
    changed = await identity.call("PATCH", path, token, json={"pin": new, "current_pin": "1234"})
    assert (changed.status_code, changed.json()["has_pin"]) == (200, new is not None)


async def test_the_password_that_opened_a_limited_profile_is_not_in_its_viewers_hand(identity: Identity) -> None:
    home = await household(identity)
    assert (await home.call("PATCH", f"/{home.teen}", pin="4711")).status_code == 200
    opened = await home.call("POST", f"/{home.teen}/select", password=PASSWORD)
    assert opened.status_code == 200
    home.token = opened.json()["access_token"]
    for pin in (None, "1111"):
        changed = await home.call("PATCH", f"/{home.teen}", pin=pin)
        assert (changed.status_code, changed.json()["code"]) == (403, "pin_protected")
    await home.is_kept_within(12)


async def test_a_password_changed_meanwhile_proves_nothing(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    home = await household(identity)
    hasher = identity.app.state.profiles._core.hasher
    verify = hasher.verify

    async def slow(secret: str, hashed: str | None) -> bool:
        right: bool = await verify(secret, hashed)
        await identity.rows("UPDATE accounts SET password_hash = 'another'")
        return right

    monkeypatch.setattr(hasher, "verify", slow)
    answer = await home.call("POST", f"/{home.adult}/select", password=PASSWORD)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")


async def test_sign_ins_from_before_reach_was_stored_keep_what_their_profile_allows(database: DatabaseFactory) -> None:
    url = await database("services.identity")
    await asyncio.to_thread(migrations.downgrade, "services.identity", url, "2026_11_20_accounts")
    now = datetime.now(UTC)
    grown, family = new_id(), new_id()
    adult, kid, only = new_id(), new_id(), new_id()
    sessions = {name: new_id() for name in ("bound adult", "bound kid", "unbound", "alone")}
    connection = await asyncpg.connect(url)
    for account in (grown, family):
        await connection.execute(
            "INSERT INTO accounts (id, email, email_key, password_hash, name, country, created_at, changed_at)"
            " VALUES ($1, $2, $2, 'x', 'Ada', 'US', $3, $3)", account, str(account), now,
        )  # fmt: skip
    for profile, account, maturity, kids in (
        (adult, family, 18, False),
        (kid, family, 7, True),
        (only, grown, 18, False),
    ):
        await connection.execute(
            "INSERT INTO profiles (id, account_id, name, maturity, kids, language, avatar, created_at)"
            " VALUES ($1, $2, 'P', $3, $4, 'en', '/avatars/ruby.svg', $5)", profile, account, maturity, kids, now,
        )  # fmt: skip
    for session, account, bound in zip(
        sessions.values(), (family, family, family, grown), (adult, kid, None, None), strict=True
    ):
        await connection.execute(
            "INSERT INTO sessions (id, account_id, profile_id, created_at, last_used_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $4, $4)", session, account, bound, now,
        )  # fmt: skip
    await asyncio.to_thread(migrations.upgrade, "services.identity", url)
    rows = await connection.fetch("SELECT id, reach_maturity, reach_kids FROM sessions")
    await connection.close()
    found = {row["id"]: (row["reach_maturity"], row["reach_kids"]) for row in rows}
    assert {name: found[session] for name, session in sessions.items()} == {
        "bound adult": (18, False), "bound kid": (7, True), "unbound": (7, True), "alone": (18, False),
    }  # fmt: skip
