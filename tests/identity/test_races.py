"""Two at once: each is let go at the same moment, inside the service, and the database decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.identity.hashing import Hasher
from tests.identity.conftest import PASSWORD, Identity

NEW = ("nine violet harbours", "a kettle on the moon")


class Gate:
    """Opens when so many have arrived."""

    def __init__(self, number: int) -> None:
        self._barrier = asyncio.Barrier(number)

    def around(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def both(*arguments: Any, **more: Any) -> Any:
            done = await work(*arguments, **more)
            async with asyncio.timeout(20):
                await self._barrier.wait()
            return done

        return both


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[None]]) -> None:
    """Let something happen once, between the first look at a secret and what comes of it."""
    verify, done = Hasher.verify, False

    async def verified(self: Hasher, secret: str, hashed: str | None) -> bool:
        nonlocal done
        right = await verify(self, secret, hashed)
        if not done:
            done = True
            await act()
        return right

    monkeypatch.setattr(Hasher, "verify", verified)


async def test_an_address_is_given_once_though_nobody_had_it_when_both_looked(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hasher, "hash", Gate(3).around(Hasher.hash))
    spellings = ["race@example.com", "RACE@example.com", "race@EXAMPLE.com"]
    answers = await asyncio.gather(
        *(
            identity.call("POST", "/auth/register", json={"email": email, "password": PASSWORD, "name": "Ada"})
            for email in spellings
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"email_taken"}
    assert len(await identity.events("account.changed")) == 1
    assert len(await identity.rows("SELECT 1 FROM devices")) == 1


async def test_of_two_new_passwords_one_is_set(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    body = await identity.register()
    other = (await identity.call("POST", "/auth/login", json={"email": body["email"], "password": PASSWORD})).json()
    with monkeypatch.context() as patch:
        patch.setattr(Hasher, "hash", Gate(2).around(Hasher.hash))
        answers = await asyncio.gather(
            *(
                identity.call(
                    "POST",
                    "/me/password",
                    who["access_token"],
                    json={"current_password": PASSWORD, "new_password": new},
                )
                for who, new in zip((body, other), NEW, strict=True)
            )
        )
    # The one that came second is signed out by the first, or finds that what it had checked is no longer the password.
    assert sorted(answer.status_code for answer in answers)[0] == 204
    assert sorted(answer.status_code for answer in answers)[1] in (401, 403)
    won = next(new for answer, new in zip(answers, NEW, strict=True) if answer.status_code == 204)
    for password in (*NEW, PASSWORD):
        login = await identity.call("POST", "/auth/login", json={"email": body["email"], "password": password})
        assert login.status_code == (200 if password == won else 401)


async def test_whoever_signs_in_with_a_password_that_is_being_changed_is_not_let_in(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old password was right when it was looked at; the sign-in would outlive the change."""
    body = await identity.register()
    change = {"current_password": PASSWORD, "new_password": NEW[0]}

    async def change_it() -> None:
        answer = await identity.call("POST", "/me/password", body["access_token"], json=change)
        assert answer.status_code == 204, answer.text

    meanwhile(monkeypatch, change_it)
    login = await identity.call("POST", "/auth/login", json={"email": body["email"], "password": PASSWORD})
    assert (login.status_code, login.json()["code"]) == (401, "bad_credentials")
    assert len(await identity.rows("SELECT 1 FROM sessions WHERE revoked_at IS NULL")) == 1


async def test_a_pin_that_is_changed_while_it_is_checked_opens_nothing(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await identity.register()
    made = await identity.call("POST", "/me/profiles", body["access_token"], json={"name": "Bo", "pin": "1234"})
    path = f"/me/profiles/{made.json()['id']}"

    async def change_it() -> None:
        answer = await identity.call("PATCH", path, body["access_token"], json={"pin": "9876", "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    meanwhile(monkeypatch, change_it)
    chosen = await identity.call("POST", f"{path}/select", body["access_token"], json={"pin": "1234"})
    assert (chosen.status_code, chosen.json()["code"]) == (403, "wrong_pin")


async def test_five_profiles_stay_five_however_many_ask_at_once(identity: Identity) -> None:
    body = await identity.register()
    answers = await asyncio.gather(
        *(identity.call("POST", "/me/profiles", body["access_token"], json={"name": f"P{n}"}) for n in range(9))
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 4 + [409] * 5
    events = await identity.events("account.changed")
    assert [len(event["profiles"]) for event in events] == [1, 2, 3, 4, 5]
    assert [event["version"] for event in events] == [1, 2, 3, 4, 5]
    avatars = [profile["avatar"] for profile in await identity.rows("SELECT avatar FROM profiles")]
    assert len(set(avatars)) == 5


async def test_two_who_delete_the_last_two_profiles_leave_one(identity: Identity) -> None:
    body = await identity.register()
    await identity.call("POST", "/me/profiles", body["access_token"], json={"name": "Bo"})
    items = (await identity.call("GET", "/me/profiles", body["access_token"])).json()["items"]
    answers = await asyncio.gather(
        *(identity.call("DELETE", f"/me/profiles/{item['id']}", body["access_token"]) for item in items)
    )
    assert sorted(answer.status_code for answer in answers)[0] == 204
    assert len(await identity.rows("SELECT 1 FROM profiles")) == 1


async def test_a_refresh_and_a_sign_out_at_once_leave_nobody_signed_in(identity: Identity) -> None:
    for _ in range(5):
        body = await identity.register()
        refreshed, out = await asyncio.gather(
            identity.call("POST", "/auth/refresh", json={"refresh_token": body["refresh_token"]}),
            identity.call("POST", "/auth/logout", body["access_token"]),
        )
        assert out.status_code == 204
        token = refreshed.json()["refresh_token"] if refreshed.status_code == 200 else body["refresh_token"]
        after = await identity.call("POST", "/auth/refresh", json={"refresh_token": token})
        assert (after.status_code, after.json()["code"]) == (401, "refresh_invalid")
