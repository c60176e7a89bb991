"""Signing in and staying signed in: rotation, parallel and lost refreshes, replays, logout."""

import asyncio

import pytest
from jose import jwt

from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from services.identity.models import Base
from tests.identity.conftest import PASSWORD, Identity, Start


def claims(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.get_unverified_claims(token)
    return found


async def test_login_gives_tokens_for_the_account(identity: Identity) -> None:
    registered = await identity.register()
    answer = await identity.call("POST", "/auth/login", json={"email": registered["email"], "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.json()
    assert body["account"]["id"] == registered["account"]["id"]
    assert body["token_type"] == "Bearer" and body["expires_in"] == 600
    assert answer.headers["cache-control"] == "no-store"
    assert (await identity.call("GET", "/me", body["access_token"])).status_code == 200


@pytest.mark.parametrize("written", ["Viewer1@Example.COM", "  viewer1@example.com ", "VIEWER1@example.com"])
async def test_login_folds_the_address(identity: Identity, written: str) -> None:
    await identity.register()
    answer = await identity.call("POST", "/auth/login", json={"email": written, "password": PASSWORD})
    assert answer.status_code == 200


async def test_wrong_password_and_unknown_address_get_one_same_answer(identity: Identity) -> None:
    registered = await identity.register()
    answers = [
        await identity.call("POST", "/auth/login", json={"email": email, "password": password})
        for email, password in (
            (registered["email"], "not the password"),
            ("nobody@example.com", PASSWORD),
            ("not an address", PASSWORD),
            ("", ""),
        )
    ]
    bodies = [{k: v for k, v in answer.json().items() if k != "trace_id"} for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert bodies[0]["code"] == "bad_credentials"
    assert all(body == bodies[0] for body in bodies)


async def test_an_unknown_address_costs_a_hash_too(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = identity.app.state.sessions._core.hasher
    verified: list[str] = []
    work = hasher._work

    async def counted(function: object, *arguments: str) -> object:
        verified.append(getattr(function, "__name__", "?"))
        return await work(function, *arguments)

    monkeypatch.setattr(hasher, "_work", counted)
    for email in ((await identity.register())["email"], "nobody@example.com"):
        verified.clear()
        await identity.call("POST", "/auth/login", json={"email": email, "password": "wrong"})
        assert verified == ["verify"]


async def test_logins_are_throttled_by_address_whatever_is_forwarded(start: Start) -> None:
    secret = "known to the gateway alone"
    identity = await start(logins_per_address=3, gateway_secret=secret)

    async def attempt(n: int, address: str, given: str = secret) -> int:
        answer = await identity.client.post(
            "/api/v1/auth/login",
            json={"email": f"someone{n}@example.com", "password": "x"},
            headers={"X-Real-IP": address, "X-Forwarded-For": f"10.0.0.{n}", "X-Bijou-Gateway": given},
        )
        return answer.status_code

    assert [await attempt(n, "192.0.2.1") for n in range(5)] == [401, 401, 401, 429, 429]
    assert await attempt(9, "192.0.2.2") == 401
    # Who only says that it is the gateway has one address, however many it names.
    assert [await attempt(n, f"192.0.2.{n}", "guessed") for n in range(10, 14)] == [401, 401, 401, 429]


async def test_refresh_rotates_and_the_new_token_works(identity: Identity) -> None:
    first = await identity.register()
    answer = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert answer.status_code == 200
    second = answer.json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await identity.call("GET", "/me", second["access_token"])).status_code == 200
    again = await identity.call("POST", "/auth/refresh", json={"refresh_token": second["refresh_token"]})
    assert again.status_code == 200


async def test_refresh_tokens_are_stored_hashed(identity: Identity) -> None:
    first = await identity.register()
    second = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    stored = str(await identity.rows("SELECT * FROM refresh_tokens"))
    assert first["refresh_token"] not in stored and second["refresh_token"] not in stored
    assert len(await identity.rows("SELECT 1 FROM refresh_tokens")) == 2


async def test_twenty_parallel_refreshes_have_one_successor(identity: Identity) -> None:
    first = await identity.register()
    answers = await asyncio.gather(
        *(identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]}) for _ in range(20))
    )
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    after = await identity.call("POST", "/auth/refresh", json={"refresh_token": answers[0].json()["refresh_token"]})
    assert after.status_code == 200


async def test_a_lost_answer_keeps_the_user_signed_in(identity: Identity) -> None:
    first = await identity.register()
    lost = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    identity.clock.advance(29)
    again = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert again.status_code == 200
    assert again.json()["refresh_token"] == lost["refresh_token"]


async def test_a_lost_answer_keeps_the_user_signed_in_however_long_it_takes_to_notice(identity: Identity) -> None:
    first = await identity.register()
    token = first["refresh_token"]
    seen = set()
    for seconds in (31, 3600, 20 * 24 * 3600):  # a train in a tunnel, a night, a holiday; each answer is lost
        lost = await identity.call("POST", "/auth/refresh", json={"refresh_token": token})
        assert lost.status_code == 200
        seen.add(lost.json()["refresh_token"])
        identity.clock.advance(seconds)
    arrived = (await identity.call("POST", "/auth/refresh", json={"refresh_token": token})).json()
    assert arrived["refresh_token"] not in seen
    after = await identity.call("POST", "/auth/refresh", json={"refresh_token": arrived["refresh_token"]})
    assert after.status_code == 200
    assert await identity.events("sessions.revoked") == []


async def test_reuse_after_the_successor_was_used_revokes_the_family(identity: Identity) -> None:
    first = await identity.register()
    second = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    third = (await identity.call("POST", "/auth/refresh", json={"refresh_token": second["refresh_token"]})).json()
    replay = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (replay.status_code, replay.json()["code"]) == (401, "refresh_reused")
    thief = await identity.call("POST", "/auth/refresh", json={"refresh_token": third["refresh_token"]})
    assert (thief.status_code, thief.json()["code"]) == (401, "refresh_invalid")
    assert (await identity.call("GET", "/me", third["access_token"])).json()["code"] == "session_revoked"
    [event] = await identity.events("sessions.revoked")
    assert event["reason"] == "reuse_detected"
    assert event["session_ids"] == [claims(first["access_token"])["sid"]]


@pytest.mark.parametrize("thief_first", [True, False])
async def test_two_who_share_a_token_are_found_out(identity: Identity, thief_first: bool) -> None:
    """Neither may go on in step with the other: the later one gets another successor, and the first one's is void."""
    first = await identity.register()
    one = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    identity.clock.advance(600)
    other = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    assert one["refresh_token"] != other["refresh_token"]
    codes = []
    for tokens in (one, other) if thief_first else (other, one):
        answer = await identity.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        codes.append(answer.json().get("code"))
    assert "refresh_reused" in codes
    assert [event["reason"] for event in await identity.events("sessions.revoked")] == ["reuse_detected"]


async def test_twenty_late_retries_at_once_have_one_successor_too(identity: Identity) -> None:
    first = await identity.register()
    await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    identity.clock.advance(600)
    answers = await asyncio.gather(
        *(identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]}) for _ in range(20))
    )
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


async def test_replay_two_generations_back_revokes_within_the_grace(identity: Identity) -> None:
    first = await identity.register()
    second = (await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})).json()
    third = (await identity.call("POST", "/auth/refresh", json={"refresh_token": second["refresh_token"]})).json()
    replay = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert replay.json()["code"] == "refresh_reused"
    assert (
        await identity.call("POST", "/auth/refresh", json={"refresh_token": third["refresh_token"]})
    ).status_code == 401


async def test_a_replay_leaves_other_sign_ins_alone(identity: Identity) -> None:
    first = await identity.register()
    login = await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})
    second = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    await identity.call("POST", "/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})
    replay = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert replay.json()["code"] == "refresh_reused"
    other = await identity.call("POST", "/auth/refresh", json={"refresh_token": login.json()["refresh_token"]})
    assert other.status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "a" * 43, "\u2603" * 20, "' OR 1=1 --"])
async def test_an_unknown_refresh_token_is_refused(identity: Identity, token: str) -> None:
    answer = await identity.call("POST", "/auth/refresh", json={"refresh_token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_invalid")


async def test_an_unused_sign_in_expires(identity: Identity) -> None:
    first = await identity.register()
    identity.clock.advance(30 * 24 * 3600 + 1)
    answer = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert answer.json()["code"] == "refresh_invalid"


async def test_logout_ends_the_sign_in_and_says_so(identity: Identity) -> None:
    first = await identity.register()
    assert (await identity.call("POST", "/auth/logout")).status_code == 401
    assert (await identity.call("POST", "/auth/logout", first["access_token"])).status_code == 204
    assert (await identity.call("POST", "/auth/logout", first["access_token"])).status_code == 204
    answer = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert answer.status_code == 401
    assert [event["reason"] for event in await identity.events("sessions.revoked")] == ["logout"]


async def test_suspended_accounts_cannot_sign_in_or_stay(identity: Identity) -> None:
    first = await identity.register()
    await identity.rows("UPDATE accounts SET status = 'suspended'")
    login = await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})
    wrong = await identity.call("POST", "/auth/login", json={"email": first["email"], "password": "wrong"})
    refresh = await identity.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    me = await identity.call("GET", "/me", first["access_token"])
    assert [(a.status_code, a.json()["code"]) for a in (login, refresh, me)] == [(403, "account_suspended")] * 3
    assert wrong.json()["code"] == "bad_credentials"


async def test_sessions_are_listed_and_ended(identity: Identity) -> None:
    first = await identity.register()
    login = (await identity.call("POST", "/auth/login", json={"email": first["email"], "password": PASSWORD})).json()
    listed = (await identity.call("GET", "/me/sessions", first["access_token"])).json()["items"]
    assert sorted(item["current"] for item in listed) == [False, True]
    assert {item["device"]["name"] for item in listed} == {"Chrome on Windows"}
    other = next(item["id"] for item in listed if not item["current"])
    assert (await identity.call("DELETE", f"/me/sessions/{other}", first["access_token"])).status_code == 204
    assert (await identity.call("DELETE", f"/me/sessions/{other}", first["access_token"])).status_code == 404
    gone = await identity.call("POST", "/auth/refresh", json={"refresh_token": login["refresh_token"]})
    assert gone.status_code == 401


async def test_somebody_elses_session_is_not_found(identity: Identity) -> None:
    mine, other = await identity.register(), await identity.register()
    theirs = claims(other["access_token"])["sid"]
    assert (await identity.call("GET", "/me/sessions")).status_code == 401
    answer = await identity.call("DELETE", f"/me/sessions/{theirs}", mine["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert (await identity.call("GET", "/me", other["access_token"])).status_code == 200


async def test_ended_sessions_are_forgotten_with_their_tokens(identity: Identity) -> None:
    first = await identity.register()
    await identity.register()
    await identity.call("POST", "/auth/logout", first["access_token"])
    identity.clock.advance(31 * 24 * 3600)
    gone = await Housekeeping(Database(identity.url), Base, clock=identity.clock).tidy()
    assert gone["sessions"] == 1
    assert len(await identity.rows("SELECT 1 FROM refresh_tokens")) == 1


async def test_sign_ins_of_an_account_and_their_devices_are_bounded(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.identity.service.devices.KEEP", 2)
    identity = await start(max_sign_ins=3)
    first = await identity.register()
    signed_in = [first]
    for _ in range(4):
        identity.clock.advance(60)
        login = {"email": first["email"], "password": PASSWORD}
        signed_in.append((await identity.call("POST", "/auth/login", json=login)).json())
    listed = await identity.call("GET", "/me/sessions", signed_in[-1]["access_token"])
    assert len(listed.json()["items"]) == 3
    answers = [
        (await identity.call("POST", "/auth/refresh", json={"refresh_token": one["refresh_token"]})).status_code
        for one in signed_in
    ]
    assert answers == [401, 401, 200, 200, 200], "those used longest ago have made room"
    assert [len(event["session_ids"]) for event in await identity.events("sessions.revoked")] == [1, 1]
    assert [len(event["devices"]) for event in await identity.events("account.changed")] == [1, 2, 3, 3, 3]


async def test_however_many_sign_ins_end_at_once_no_event_is_too_large_for_the_broker(identity: Identity) -> None:
    first = await identity.register()
    await identity.rows(
        "INSERT INTO sessions (id, account_id, created_at, last_used_at, expires_at)"
        " SELECT gen_random_uuid(), account_id, created_at, last_used_at, expires_at"
        " FROM sessions, generate_series(1, 2500)"
    )
    change = {"current_password": PASSWORD, "new_password": "nine violet harbours"}
    answer = await identity.call("POST", "/me/password", first["access_token"], json=change)
    assert answer.status_code == 204
    events = await identity.events("sessions.revoked")
    assert sorted(len(event["session_ids"]) for event in events) == [500, 1000, 1000]
    assert len({session for event in events for session in event["session_ids"]}) == 2500
