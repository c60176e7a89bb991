"""Guessing at passwords and PINs: slow for strangers, and in nobody's way who is none."""

from typing import Any

import httpx
import pytest

from libs.chassis.http.rate_limits import Limiter
from tests.identity.conftest import PASSWORD, Identity, Start

TRUSTED = {"X-Bijou-Gateway": "the-gateway-of-this-test"}


@pytest.fixture
async def guarded(start: Start) -> Identity:
    """Identity behind a gateway, with the limits that an installation has."""
    return await start(
        gateway_secret=TRUSTED["X-Bijou-Gateway"],
        logins_per_account=10,
        logins_per_address=100,
        logins_before_delay=100,
    )


async def login(identity: Identity, email: str, password: str, address: str, **device: Any) -> httpx.Response:
    body = {"email": email, "password": password, **({"device": device} if device else {})}
    return await identity.client.post("/api/v1/auth/login", json=body, headers={**TRUSTED, "X-Real-IP": address})


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose; what is counted here does not depend on it."""

    async def verify(_self: object, secret: str, hashed: str | None) -> bool:
        return hashed is not None and secret in (PASSWORD, "4711")

    monkeypatch.setattr("services.identity.hashing.Hasher.verify", verify)


@pytest.mark.usefixtures("quick")
async def test_twenty_wrong_passwords_by_a_stranger_lock_nobody_else_out(guarded: Identity) -> None:
    mine = await guarded.register()
    strangers = [(await login(guarded, mine["email"], f"guess {n}", "192.0.2.66")).status_code for n in range(25)]
    assert strangers == [401] * 10 + [429] * 15
    assert (await login(guarded, mine["email"], PASSWORD, "192.0.2.66")).status_code == 429, "even with the right one"
    assert (await login(guarded, mine["email"], PASSWORD, "198.51.100.7")).status_code == 200


@pytest.mark.usefixtures("quick")
async def test_a_known_device_signs_in_while_the_whole_world_guesses(guarded: Identity) -> None:
    mine = await guarded.register()
    device = {"id": mine["device_id"], "secret": mine["device_secret"]}
    answers = [await login(guarded, mine["email"], "guess", f"192.0.{n // 250}.{n % 250}") for n in range(1_000)]
    codes = [answer.status_code for answer in answers]
    assert codes[:100] == [401] * 100 and codes.count(401) < 130, "beyond a hundred an hour they go slower and slower"
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429]
    assert waits and max(waits) <= 60, "a delay that grows, and never a lock"
    assert (await login(guarded, mine["email"], PASSWORD, "203.0.113.1")).status_code == 429
    for _ in range(3):
        answer = await login(guarded, mine["email"], PASSWORD, "192.0.0.1", **device)
        assert answer.status_code == 200, answer.text
        device["secret"] = answer.json()["device_secret"]


@pytest.mark.usefixtures("quick")
async def test_a_device_is_known_by_its_secret_and_to_its_own_account_alone(guarded: Identity) -> None:
    mine, other = await guarded.register(), await guarded.register()
    for _ in range(10):
        await login(guarded, mine["email"], "guess", "192.0.2.66")
    for device in (
        {"id": mine["device_id"]},
        {"id": mine["device_id"], "secret": "guess"},
        {"id": mine["device_id"], "secret": other["device_secret"]},
        {"id": other["device_id"], "secret": other["device_secret"]},
        {"secret": mine["device_secret"]},
    ):
        assert (await login(guarded, mine["email"], PASSWORD, "192.0.2.66", **device)).status_code == 429, device
    stored = str(await guarded.rows("SELECT * FROM devices"))
    assert mine["device_secret"] not in stored


@pytest.mark.usefixtures("quick")
async def test_a_stolen_device_has_ten_tries_and_the_owner_all_of_theirs(guarded: Identity) -> None:
    mine = await guarded.register()
    stolen = {"id": mine["device_id"], "secret": mine["device_secret"]}
    codes = [(await login(guarded, mine["email"], "guess", f"192.0.2.{n}", **stolen)).status_code for n in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert (await login(guarded, mine["email"], PASSWORD, "198.51.100.7")).status_code == 200


@pytest.mark.usefixtures("quick")
async def test_one_password_tried_on_many_accounts_is_counted_by_address(guarded: Identity) -> None:
    codes = [(await login(guarded, f"someone{n}@example.com", "guess", "192.0.2.66")).status_code for n in range(1_000)]
    assert codes == [401] * 100 + [429] * 900
    assert (await login(guarded, "someone@example.com", "guess", "192.0.2.67")).status_code == 401


@pytest.mark.usefixtures("quick")
async def test_an_account_that_does_not_exist_slows_down_alike(guarded: Identity) -> None:
    mine = await guarded.register()
    answers = [
        [(await login(guarded, email, "guess", f"192.0.{n // 250}.{n % 250}")).status_code for n in range(150)]
        for email in (mine["email"], "nobody@example.com")
    ]
    assert [codes[:100] for codes in answers] == [[401] * 100] * 2
    assert all(429 in codes[100:] for codes in answers)


@pytest.mark.usefixtures("quick")
async def test_the_right_password_uses_up_nothing(guarded: Identity) -> None:
    mine = await guarded.register()
    codes = [(await login(guarded, mine["email"], PASSWORD, "192.0.2.1")).status_code for _ in range(30)]
    assert codes == [200] * 30


@pytest.mark.usefixtures("quick")
async def test_a_child_who_guesses_a_pin_is_in_nobodys_way(start: Start) -> None:
    identity = await start(pins_per_profile=5, pins_before_delay=8)
    tv = await identity.register()
    [adult] = (await identity.call("GET", "/me/profiles", tv["access_token"])).json()["items"]
    path = f"/me/profiles/{adult['id']}/select"
    await identity.call("PATCH", f"/me/profiles/{adult['id']}", tv["access_token"], json={"pin": "4711"})
    body = {"email": tv["email"], "password": PASSWORD}
    tablets = [(await identity.call("POST", "/auth/login", json=body)).json()["access_token"] for _ in range(3)]
    for tablet in tablets[:2]:
        codes = [(await identity.call("POST", path, tablet, json={"pin": "0000"})).status_code for _ in range(7)]
        assert codes[-1] == 429 and codes.count(403) <= 5
    slower = await identity.call("POST", path, tablets[2], json={"pin": "0000"})
    assert (slower.status_code, 1 <= int(slower.headers["retry-after"]) <= 600) == (429, True)
    assert (await identity.call("POST", path, tv["access_token"], json={"pin": "4711"})).status_code == 200
    opened = await identity.call("POST", path, tablets[0], json={"password": PASSWORD})
    assert opened.status_code == 200, "and the password is asked for apart from the PIN"


@pytest.mark.usefixtures("quick")
async def test_a_sign_in_cannot_keep_the_hasher_busy_with_what_is_right(start: Start) -> None:
    identity = await start(secrets_per_sign_in=3)
    mine = await identity.register()
    token, path = mine["access_token"], f"/me/profiles/{mine['profile_id']}"
    proof = {"password": PASSWORD}
    codes = [(await identity.call("POST", f"{path}/select", token, json=proof)).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    change = {"current_password": PASSWORD, "new_password": "nine violet harbours"}
    for method, where, body in (
        ("PATCH", path, {"pin": "4711"}),
        ("POST", "/me/profiles", {"name": "Bo", "pin": "4711"}),
        ("POST", "/me/password", change),
    ):
        assert (await identity.call(method, where, token, json=body)).status_code == 429, where
    body = {"email": mine["email"], "password": PASSWORD}
    other = (await identity.call("POST", "/auth/login", json=body)).json()["access_token"]
    assert (await identity.call("POST", f"{path}/select", other, json=proof)).status_code == 200


async def test_what_was_forgiven_is_counted_no_more_in_redis_either(valkey_url: str) -> None:
    limiter = Limiter(valkey_url)
    try:
        for _ in range(5):
            assert await limiter.hit("guess", "a", 2, 60) == 1
            await limiter.forgive("guess", "a")
        await limiter.forgive("guess", "a")
        await limiter.forgive("guess", "never counted")
        assert [await limiter.hit("guess", "a", 2, 60) for _ in range(2)] == [1, 2]
    finally:
        await limiter.stop()


@pytest.mark.usefixtures("quick")
async def test_a_customer_of_a_hosting_company_guesses_no_more_than_sixteen_callers(start: Start) -> None:
    identity = await start(gateway_secret=TRUSTED["X-Bijou-Gateway"], logins_per_address=5)
    guesses = [await login(identity, f"somebody{n}@example.com", "guess", f"2001:db8:77:{n:x}::1") for n in range(200)]
    assert [answer.status_code for answer in guesses].count(401) <= 5 * 16
    assert guesses[-1].status_code == 429
    elsewhere = await login(identity, "somebody@example.com", "guess", "2001:db8:78::1")
    assert elsewhere.status_code == 401


async def test_registrations_of_a_network_have_an_end_too(start: Start) -> None:
    identity = await start(gateway_secret=TRUSTED["X-Bijou-Gateway"], registrations_per_address=1)

    async def register(n: int) -> int:
        body = {"email": f"new{n}@example.com", "password": PASSWORD, "name": "Ada"}
        headers = {**TRUSTED, "X-Real-IP": f"2001:db8:77:{n:x}::1"}
        return (await identity.client.post("/api/v1/auth/register", json=body, headers=headers)).status_code

    assert [await register(n) for n in range(6)] == [201] * 4 + [429] * 2
