"""Any order of sign-ins, refreshes, lost answers, stolen copies, revocations and choices of profile against a small model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jose import jwt

from tests.identity.conftest import PASSWORD, Identity

GRACE = 30
NEXT_PASSWORDS = ("nine violet harbours", "a kettle on the moon", PASSWORD)


@dataclass
class Family:
    """A sign-in as the model knows it. `head` is the newest refresh token, `before` the one it came from."""

    id: str
    device: str
    head: str
    access: str
    profile: str | None
    before: str | None = None
    rotated: float = 0
    spent: list[str] = field(default_factory=list)  # older ones, and successors that another one replaced
    alive: bool = True
    stale: bool = False  # its profile was deleted since its access token was issued

    @property
    def tokens(self) -> list[str]:
        """Every refresh token it ever had, those that still work twice as likely to be drawn."""
        return [self.head, self.head, *([self.before] * 2 if self.before else []), *self.spent]


class Model:
    """Does one thing after the other over HTTP, and says what each answer must be."""

    def __init__(self, identity: Identity, data: st.DataObject) -> None:
        self.identity = identity
        self.draw: Callable[[st.SearchStrategy[Any]], Any] = data.draw
        self.families: list[Family] = []
        self.password = PASSWORD
        self.ended: dict[str, str] = {}

    @property
    def now(self) -> float:
        return self.identity.clock.now().timestamp()

    def alive(self) -> list[Family]:
        return [family for family in self.families if family.alive]

    def admit(self, body: dict[str, Any]) -> Family:
        claims = jwt.get_unverified_claims(body["access_token"])
        family = Family(
            claims["sid"], body["device_id"], body["refresh_token"], body["access_token"], body["profile_id"]
        )
        assert family.id not in {known.id for known in self.families}
        self.families.append(family)
        return family

    def end(self, families: list[Family], reason: str) -> None:
        for family in families:
            if family.alive:
                family.alive = False
                self.ended[family.id] = reason

    async def call(self, method: str, path: str, family: Family, **more: Any) -> httpx.Response:
        return await self.identity.call(method, path, family.access, **more)

    async def begin(self) -> None:
        body = await self.identity.register()
        self.email, self.account_id = body["email"], body["account"]["id"]
        first = self.admit(body)
        assert first.profile is not None
        self.profiles = [first.profile]

    async def sign_in(self) -> None:
        login: dict[str, Any] = {"email": self.email, "password": self.password}
        if self.families and self.draw(st.booleans()):
            login["device"] = {"id": self.draw(st.sampled_from(self.families)).device}
        wrong = self.draw(st.sampled_from([False, False, False, True]))
        answer = await self.identity.call("POST", "/auth/login", json={**login, **({"password": "x"} if wrong else {})})
        if wrong:
            assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")
            return
        assert answer.status_code == 200, answer.text
        family = self.admit(answer.json())
        assert family.profile == (self.profiles[0] if len(self.profiles) == 1 else None)

    async def refresh(self) -> None:
        family = self.draw(st.sampled_from(self.families))
        token = self.draw(st.sampled_from(family.tokens))
        answer = await self.identity.call("POST", "/auth/refresh", json={"refresh_token": token})
        body = answer.json()
        if not family.alive:
            assert (answer.status_code, body["code"]) == (401, "refresh_invalid")
            return
        if token in family.spent:
            assert (answer.status_code, body["code"]) == (401, "refresh_reused")
            self.end([family], "reuse_detected")
            return
        assert answer.status_code == 200, answer.text
        successor = body["refresh_token"]
        if token == family.head:
            family.spent += [family.before] if family.before else []
            family.before, family.head, family.rotated = token, successor, self.now
            assert successor not in family.spent and successor != token
        elif self.now - family.rotated <= GRACE:
            assert successor == family.head, "the answer that was lost is given again"
        else:
            assert successor not in family.tokens
            family.spent.append(family.head)
            family.head, family.rotated = successor, self.now
        if family.profile is None and len(self.profiles) == 1:
            family.profile = self.profiles[0]
        assert body["profile_id"] == family.profile
        assert jwt.get_unverified_claims(body["access_token"]).get("pid") == family.profile
        family.access, family.stale = body["access_token"], False

    async def wait(self) -> None:
        self.identity.clock.advance(self.draw(st.sampled_from([1, GRACE - 1, GRACE, GRACE + 1])))

    async def sign_out(self) -> None:
        family = self.draw(st.sampled_from(self.families))
        answer = await self.call("POST", "/auth/logout", family)
        assert answer.status_code == 204
        self.end([family], "logout")

    async def end_another(self) -> None:
        if not (alive := self.alive()):
            return
        family, other = self.draw(st.sampled_from(alive)), self.draw(st.sampled_from(self.families))
        answer = await self.call("DELETE", f"/me/sessions/{other.id}", family)
        assert answer.status_code == (204 if other.alive else 404), answer.text
        self.end([other], "signed_out")

    async def forget_device(self) -> None:
        if not (alive := self.alive()):
            return
        family, other = self.draw(st.sampled_from(alive)), self.draw(st.sampled_from(self.families))
        answer = await self.call("DELETE", f"/me/devices/{other.device}", family)
        assert answer.status_code in (204, 404), answer.text
        if answer.status_code == 204:
            self.end([known for known in self.families if known.device == other.device], "device_removed")

    async def change_password(self) -> None:
        if not (alive := self.alive()):
            return
        family = self.draw(st.sampled_from(alive))
        new = next(word for word in NEXT_PASSWORDS if word != self.password)
        answer = await self.call(
            "POST", "/me/password", family, json={"current_password": self.password, "new_password": new}
        )
        assert answer.status_code == 204, answer.text
        self.password = new
        self.end([known for known in self.families if known is not family], "password_changed")

    async def add_profile(self) -> None:
        if not (ready := [family for family in self.alive() if family.profile]) or len(self.profiles) == 3:
            return
        answer = await self.call("POST", "/me/profiles", ready[0], json={"name": "Bo"})
        assert answer.status_code == 201, answer.text
        self.profiles.append(answer.json()["id"])

    async def select(self) -> None:
        if not (alive := self.alive()):
            return
        family, profile = self.draw(st.sampled_from(alive)), self.draw(st.sampled_from(self.profiles))
        answer = await self.call("POST", f"/me/profiles/{profile}/select", family)
        assert answer.status_code == 200, answer.text
        family.profile, family.access, family.stale = profile, answer.json()["access_token"], False

    async def delete_profile(self) -> None:
        if not (ready := [family for family in self.alive() if family.profile and not family.stale]):
            return
        profile = self.draw(st.sampled_from(self.profiles))
        answer = await self.call("DELETE", f"/me/profiles/{profile}", ready[0])
        if len(self.profiles) == 1:
            assert (answer.status_code, answer.json()["code"]) == (409, "last_profile")
            return
        assert answer.status_code == 204, answer.text
        self.profiles.remove(profile)
        for family in self.families:
            if family.profile == profile:
                family.profile, family.stale = None, True

    async def agree(self) -> None:
        for family in self.families:
            answer = await self.call("GET", "/me", family)
            if family.alive:
                assert answer.status_code == 200, answer.text
            else:
                assert (answer.status_code, answer.json()["code"]) == (401, "session_revoked")
        if alive := self.alive():
            listed = (await self.call("GET", "/me/sessions", alive[0])).json()["items"]
            assert {item["id"] for item in listed} == {family.id for family in alive}

    async def told(self) -> None:
        """What the other services were told is what there is."""
        rows = await self.identity.rows("SELECT type, payload FROM outbox ORDER BY id")
        events = [(row["type"], json.loads(row["payload"])) for row in rows]
        mine = [(kind, event) for kind, event in events if event["account_id"] == self.account_id]
        ended = {
            session: event["reason"]
            for kind, event in mine
            if "sessions.revoked" in kind
            for session in event["session_ids"]
        }
        assert ended == self.ended
        states = [event for kind, event in mine if "account.changed" in kind]
        assert [event["version"] for event in states] == list(range(1, len(states) + 1))
        assert sorted(profile["id"] for profile in states[-1]["profiles"]) == sorted(self.profiles)
        devices = await self.identity.rows("SELECT id FROM devices WHERE account_id = $1", UUID(self.account_id))
        assert sorted(device["id"] for device in states[-1]["devices"]) == sorted(str(row["id"]) for row in devices)


STEPS = ("sign_in", "refresh", "refresh", "refresh", "refresh", "wait", "sign_out", "end_another", "forget_device",
         "change_password", "add_profile", "select", "delete_profile")  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_which_tokens_are_good_after_any_sequence(identity: Identity, data: st.DataObject) -> None:
    model = Model(identity, data)
    await model.begin()
    for name in data.draw(st.lists(st.sampled_from(STEPS), min_size=4, max_size=22)):
        await getattr(model, name)()
    await model.agree()
    await model.told()
