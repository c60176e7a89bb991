"""Closed unless public, limited for everyone, and deaf to revoked sessions."""

import time
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import httpx
import pytest
from jose import jwt

from gateway import routes
from gateway.prefixes import PREFIXES
from libs.chassis.ids import new_id
from tests.conftest import AuthHeaders, TokensFor
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, serving

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
API = routes.API
FILM = "01900000-0000-7000-8000-000000000001"


@pytest.mark.parametrize("prefix", sorted(p for p in PREFIXES if p.startswith(API)))
async def test_every_prefix_is_closed(client: httpx.AsyncClient, neighbour: Neighbour, prefix: str) -> None:
    answers = [await client.request(method, f"{prefix}/something") for method in ("GET", "POST", "DELETE")]
    answers.append(await client.get(f"{prefix}/something", headers={"Authorization": "Bearer none"}))
    answers.append(await client.get(f"{prefix}/something", headers={"Authorization": "Basic YTpi"}))

    assert {answer.status_code for answer in answers} == {401}
    assert neighbour.seen == []


@pytest.mark.parametrize("path", ["/home", f"/titles/{FILM}", f"/titles/{FILM}/seasons/1/episodes"])
async def test_composed_pages_are_closed(client: httpx.AsyncClient, path: str, auth_headers: AuthHeaders) -> None:
    assert (await client.get(API + path)).status_code == 401
    without_profile = await client.get(API + path, headers=auth_headers())
    assert (without_profile.status_code, without_profile.json()["code"]) == (403, "profile_required")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *sorted(routes.PUBLIC - {("GET", f"{API}/openapi.json")}),
        ("HEAD", f"{API}/plans"),
        ("GET", f"{API}/auth/oidc/google/start"),
        ("POST", f"{API}/billing/webhooks/sandbox"),
    ],
)
async def test_public_operations_pass(client: httpx.AsyncClient, neighbour: Neighbour, method: str, path: str) -> None:
    answer = await client.request(method, path, headers={"Authorization": "Bearer stale"})

    assert answer.status_code in (200, 201)
    assert neighbour.seen[-1].url.path == path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/plans"),
        ("POST", "/plans"),
        ("GET", "/auth/login"),
        ("POST", "/auth/login/"),
        ("POST", "/auth/device/approve"),
        ("GET", "/auth/oidc/a/b/start"),
        ("POST", "/billing/webhooks/x/y"),
        ("POST", "/auth/passkeys/register"),
    ],
)
async def test_beside_the_public_ones_nothing_is_open(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, API + path)).status_code == 401


async def test_expired_and_foreign_tokens_are_refused(client: httpx.AsyncClient, tokens_for: TokensFor) -> None:
    good = tokens_for()
    head, body, signature = good.split(".")
    bad = [
        tokens_for(now=time.time() - 3600, ttl=60),
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        f"{body}.{head}.{signature}",
        "x" * 9000,
        "..",
    ]
    for token in bad:
        answer = await client.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await client.get(f"{API}/me", headers={"Authorization": f"bearer {good}"})).status_code == 200


async def test_admin_needs_some_role(client: httpx.AsyncClient, auth_headers: AuthHeaders) -> None:
    viewer = await client.get(f"{API}/admin/titles", headers=auth_headers())
    staff = await client.get(f"{API}/admin/titles", headers=auth_headers(roles=["moderator"]))

    assert (viewer.status_code, viewer.json()["code"]) == (403, "role_required")
    assert staff.status_code == 200  # which role, the service decides


@pytest.mark.parametrize("rotating", ["X-Forwarded-For", "Forwarded", "True-Client-IP", "CF-Connecting-IP"])
async def test_sign_in_is_limited_by_the_edges_address(start: Start, neighbour: Neighbour, rotating: str) -> None:
    async with serving(neighbour.app) as url, start({"identity": url}, limit_sign_in=5) as client:
        statuses = [
            (
                await client.post(
                    f"{API}/auth/password/forgot",
                    json={},
                    headers={"X-Real-IP": "198.51.100.7", rotating: f"203.0.113.{n}"},
                )
            ).status_code
            for n in range(8)
        ]
        elsewhere = await client.post(f"{API}/auth/password/forgot", json={}, headers={"X-Real-IP": "198.51.100.8"})
        last = await client.post(f"{API}/auth/register", json={}, headers={"X-Real-IP": "198.51.100.7"})

    assert statuses == [201] * 5 + [429] * 3
    assert elsewhere.status_code == 201
    assert last.status_code == 429
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert last.json()["code"] == "too_many_requests"


async def test_an_account_is_limited_wherever_it_calls_from(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders, valkey_url: str
) -> None:
    account = new_id()
    async with (
        serving(neighbour.app) as url,
        start({"identity": url}, limit_account=10, redis_url=valkey_url) as one,
        start({"identity": url}, limit_account=10, redis_url=valkey_url) as other,
    ):
        statuses = []
        for n in range(14):
            headers = {**auth_headers(account_id=account), "X-Real-IP": f"198.51.100.{n}"}
            statuses.append((await (one, other)[n % 2].get(f"{API}/me", headers=headers)).status_code)
        someone_else = await one.get(f"{API}/me", headers=auth_headers())

    assert statuses == [200] * 10 + [429] * 4
    assert someone_else.status_code == 200


async def test_neighbours_behind_one_address_do_not_stop_a_film(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    """Everybody's address is the same; whoever floods it, with a bad token or none, uses up nobody else's share."""
    viewers = [auth_headers() for _ in range(12)]
    beat = f"{API}/playback/sessions/{new_id()}/heartbeat"
    async with (
        serving(neighbour.app) as url,
        start({"playback": url, "billing": url}, limit_address=5, limit_account=3, limit_playing=4) as client,
    ):
        flood = [await client.get(f"{API}/plans") for _ in range(7)]
        flood += [await client.get(f"{API}/me", headers={"Authorization": "Bearer a.b.c"}) for _ in range(2)]
        beats = [await client.post(beat, headers=viewer) for _ in range(4) for viewer in viewers]
        # Not even the other screens of an account.
        busy = [await client.get(f"{API}/playback/active", headers=viewers[0]) for _ in range(5)]
        fifth = [await client.post(beat, headers=viewer) for viewer in viewers]

    assert [answer.status_code for answer in flood] == [200] * 5 + [429] * 4
    assert {answer.status_code for answer in beats} == {201}
    assert [answer.status_code for answer in busy] == [200] * 3 + [429] * 2
    assert {answer.status_code for answer in fifth} == {429}  # one session alone is limited too


async def test_a_bad_token_counts_like_none(start: Start, neighbour: Neighbour, tokens_for: TokensFor) -> None:
    bad = [f"Bearer {tokens_for(now=time.time() - 3600, ttl=60)}" for _ in range(4)]
    async with serving(neighbour.app) as url, start({"identity": url}, limit_address=4) as client:
        statuses = [(await client.get(f"{API}/me", headers={"Authorization": token})).status_code for token in bad]
        statuses += [(await client.get(f"{API}/me")).status_code for _ in range(2)]

    assert statuses == [401] * 4 + [429] * 2


async def test_guesses_of_neighbours_are_for_identity_to_count(start: Start, neighbour: Neighbour) -> None:
    """It knows the devices of an owner, who may sit behind the same address as a hundred strangers."""
    async with serving(neighbour.app) as url, start({"identity": url}) as client:
        statuses = {(await client.post(f"{API}/auth/login", json={})).status_code for _ in range(200)}

    assert statuses == {201}


async def test_one_address_keeps_identity_busy_up_to_a_bound(start: Start, neighbour: Neighbour) -> None:
    async with serving(neighbour.app) as url, start({"identity": url}, limit_login=5) as client:
        statuses = [(await client.post(f"{API}/auth/login", json={})).status_code for _ in range(7)]

    assert statuses == [201] * 5 + [429] * 2


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signatures were really checked."""
    seen: list[str] = []
    decode = jwt.decode

    def counted(token: str, *arguments: Any, **named: Any) -> Any:
        seen.append(token)
        return decode(token, *arguments, **named)

    monkeypatch.setattr(jwt, "decode", counted)
    return seen


def forged(good: str, n: int) -> dict[str, str]:
    """A token with a signature that no other one has, and the right key does not make."""
    said, _, signature = good.rpartition(".")
    return {"Authorization": f"Bearer {said}.{n:04d}{signature[4:]}"}


async def test_forgeries_are_counted_before_they_are_checked(
    start: Start, neighbour: Neighbour, tokens_for: TokensFor, checked: list[str]
) -> None:
    good = tokens_for()
    async with serving(neighbour.app) as url, start({"identity": url}, limit_forged=5) as client:
        statuses = [(await client.get(f"{API}/me", headers=forged(good, n))).status_code for n in range(40)]

    assert statuses == [401] * 5 + [429] * 35
    assert len(checked) == 5


async def test_forgeries_by_neighbours_do_not_stop_whoever_was_there_before(
    start: Start, neighbour: Neighbour, tokens_for: TokensFor, checked: list[str]
) -> None:
    """Not with the token in hand, and not with those that follow it."""
    session, beat = new_id(), f"{API}/playback/sessions/{new_id()}/heartbeat"
    tokens = [tokens_for(session_id=session, maturity=n) for n in range(8)]
    async with serving(neighbour.app) as url, start({"playback": url}, limit_forged=5) as client:

        async def beats(token: str) -> int:
            return (await client.post(beat, headers={"Authorization": f"Bearer {token}"})).status_code

        first = await beats(tokens[0])
        flood = [(await client.post(beat, headers=forged(tokens_for(), n))).status_code for n in range(10)]
        later = [await beats(token) for token in tokens]
        stranger = await beats(tokens_for())

    assert first == 201
    assert flood == [401] * 5 + [429] * 5
    assert later == [201] * 8
    assert stranger == 429, "nothing tells a token that was never seen from one that is forged, but checking it"


async def test_good_tokens_use_up_nobodys_share(start: Start, neighbour: Neighbour, tokens_for: TokensFor) -> None:
    async with serving(neighbour.app) as url, start({"identity": url}, limit_forged=5) as client:
        tokens = [tokens_for() for _ in range(30)]
        statuses = {
            (await client.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"})).status_code
            for token in tokens
        }

    assert statuses == {200}


async def test_forgeries_in_the_name_of_a_known_sign_in_have_a_bound_too(
    start: Start, neighbour: Neighbour, tokens_for: TokensFor, checked: list[str]
) -> None:
    good = tokens_for()
    async with serving(neighbour.app) as url, start({"identity": url}, limit_forged_sign_in=3) as client:
        first = await client.get(f"{API}/me", headers={"Authorization": f"Bearer {good}"})
        statuses = [(await client.get(f"{API}/me", headers=forged(good, n))).status_code for n in range(6)]
        still = await client.get(f"{API}/me", headers={"Authorization": f"Bearer {good}"})

    assert (first.status_code, still.status_code) == (200, 200)
    assert statuses == [401] * 3 + [429] * 3
    assert len(checked) == 4


async def test_a_network_has_no_more_than_its_share(start: Start, neighbour: Neighbour) -> None:
    def addresses(bits: int, count: int) -> list[str]:
        first = int(ip_address("2001:db8:77::"))
        return [str(ip_address(first + (n << (128 - bits)) + n)) for n in range(count)]

    async def admitted(many: list[str]) -> int:
        async with serving(neighbour.app) as url, start({"billing": url}, limit_address=5) as client:
            answers = [await client.get(f"{API}/plans", headers={"X-Real-IP": address}) for address in many]
        return sum(answer.status_code == 200 for answer in answers)

    assert await admitted(addresses(128, 20)) == 5  # one subscriber
    assert await admitted(addresses(64, 60)) == 5 * 4  # a /56
    assert await admitted(addresses(56, 120)) == 5 * 16  # a /48
    assert await admitted(addresses(48, 120)) == 120


async def test_whose_word_on_the_caller_is_given_twice_is_refused(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    headers = [(name, value) for _ in range(2) for name, value in auth_headers().items()]

    assert (await client.get(f"{API}/me", headers=headers)).status_code == 400
    assert neighbour.seen == []
