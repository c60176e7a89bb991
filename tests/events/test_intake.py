"""What becomes of events that apps tell: each by itself, and what is accepted is in the topic, once, in its order."""

import asyncio
import gzip
from datetime import timedelta
from typing import Any

import orjson
import pytest
import redis.asyncio as redis

from libs.chassis.ids import new_id
from libs.contracts.assignment import drawn
from libs.contracts.experiments import Arm, ExperimentChanged
from tests.conftest import TokensFor
from tests.events.conftest import NOON, PATH, Running, Start, a_batch, card, failure


def experiment(name: str) -> ExperimentChanged:
    arms = (Arm(name="control"), Arm(name="large"))
    return ExperimentChanged(
        name=name, version=1, status="draft", layer=name, first=0, last=999, arms=arms, changed_at=NOON
    )


def said(verdicts: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(item["verdict"], item.get("reason")) for item in verdicts]


async def test_nobody_in_particular_tells_nothing(running: Running) -> None:
    assert (await running.client.post(PATH, json=a_batch(card()))).status_code == 401
    assert (await running.post(a_batch(card()), profile_id=None)).status_code == 403


async def test_what_is_accepted_is_in_the_topic_in_its_order_with_whose_it_is(running: Running) -> None:
    events = [card(position=number, visit=str(new_id()), seq=number) for number in range(20)]
    verdicts = await running.tell(*events)
    assert verdicts == [{"id": event["id"], "verdict": "accepted"} for event in events]
    kept = await running.kept()
    assert [str(event.data.id) for event in kept] == [event["id"] for event in events]
    first = kept[0]
    assert (first.type, str(first.id), first.key) == (
        "bijou.client.impression.v1",
        events[0]["id"],
        str(running.profile),
    )
    assert (first.data.account_id, first.data.consent, first.data.app_version) == (
        running.account, "personalisation", "1.4.0",
    )  # fmt: skip
    assert (first.data.position, first.data.row) == (0, "top-rated")


async def test_an_event_that_comes_again_is_kept_once(running: Running) -> None:
    event, other = card(), card()
    assert said(await running.tell(event, event)) == [("accepted", None), ("duplicate", None)]
    assert said(await running.tell(event, other)) == [("duplicate", None), ("accepted", None)]
    assert len(await running.kept()) == 2
    # An id is a profile's own: nobody takes another's away by naming it first.
    (verdict,) = (await running.post(a_batch(event), profile_id=new_id())).json()["verdicts"]
    assert verdict["verdict"] == "accepted"


async def test_a_redis_that_was_started_anew_is_told_again_how_to_look(running: Running, valkey_url: str) -> None:
    first, second = card(), card()
    assert said(await running.tell(first)) == [("accepted", None)]
    async with redis.Redis.from_url(valkey_url) as cache:
        await cache.script_flush()
    answer = (await running.post(a_batch(first, second))).json()
    assert (answer["deduplicated"], said(answer["verdicts"])) == (True, [("duplicate", None), ("accepted", None)])


async def test_the_same_batch_twice_at_once_is_kept_once(running: Running) -> None:
    events = [card() for _ in range(5)]
    answers = await asyncio.gather(*(running.tell(*events) for _ in range(4)))
    assert sorted(said(answer)[0][0] for answer in answers) == ["accepted", *["duplicate"] * 3]
    assert len(await running.kept()) == 5


async def test_each_bad_event_is_refused_by_its_reason_and_the_others_kept(running: Running) -> None:
    deep: Any = "end"
    for _ in range(8):
        deep = [deep]
    good, last = card(), card()
    bad = {
        "unknown_type": card(type="purchase"),
        "malformed": "not an object",
        "field": card(position=-1),
        "too_large": card(more="x" * 10_000),
        "too_deep": card(more=deep),
        "in_the_future": card(at=(NOON + timedelta(minutes=6)).isoformat()),
        "too_old": card(at=(NOON - timedelta(days=8)).isoformat()),
    }
    verdicts = await running.tell(good, *bad.values(), last)
    assert said(verdicts) == [("accepted", None), *(("invalid", reason) for reason in bad), ("accepted", None)]
    assert verdicts[3]["detail"] == "position: must be 0 or more"
    assert [str(event.data.id) for event in await running.kept()] == [good["id"], last["id"]]


@pytest.mark.parametrize(
    "field",
    [
        {"id": "no-uuid"},
        {"at": "2026-11-27T12:00:00"},
        {"row": "a\x00b"},
        {"experiments": {"a b": "c"}},
        {"position": 1.5},
    ],
)
async def test_a_field_that_does_not_fit_is_named(running: Running, field: dict[str, Any]) -> None:
    (verdict,) = await running.tell(card(**field))
    assert (verdict["verdict"], verdict["reason"]) == ("invalid", "field")
    assert verdict["detail"].startswith(next(iter(field)))
    assert not {"Input", "String", "pattern"} & set(verdict["detail"].split())


async def test_events_that_are_no_json_take_no_others_with_them(running: Running) -> None:
    good, last = card(row='a } "bracket" ] in \\ it'), card()
    bottomless = b'{"id": 1, "more": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    inner = b", ".join(
        (b"1", orjson.dumps(good), b'"s,]"', b'{"id": tru}', bottomless, b"null", orjson.dumps(last), b"")
    )
    body = orjson.dumps(a_batch()).replace(b'"events":[]', b'"events":[' + inner + b"]")
    verdicts = (await running.post(body)).json()["verdicts"]
    assert said(verdicts) == [
        ("invalid", "malformed"), ("accepted", None), *[("invalid", "malformed")] * 4, ("accepted", None),
    ]  # fmt: skip


async def test_only_what_was_agreed_to_is_kept_and_of_a_child_only_what_runs_the_service(running: Running) -> None:
    page = {"id": str(new_id()), "type": "page", "at": NOON.isoformat(), "name": "home"}
    assert said(await running.tell(card(), page, failure(), consents=["analytics"])) == [
        ("not_consented", "not_in_batch"), ("accepted", None), ("accepted", None),
    ]  # fmt: skip
    assert said(await running.tell(card(), failure(), consents=[])) == [
        ("not_consented", "not_in_batch"), ("accepted", None),
    ]  # fmt: skip
    child = await running.post(a_batch(card(), failure()), kids=True)
    assert said(child.json()["verdicts"]) == [("not_consented", "kids"), ("accepted", None)]
    assert {event.data.consent for event in await running.kept()} == {"analytics", "necessary"}


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=-20_000)])
async def test_a_clock_that_is_off_is_corrected_and_both_times_are_kept(running: Running, off: timedelta) -> None:
    told = NOON + off - timedelta(seconds=30)
    answer = (await running.post(a_batch(card(at=told.isoformat()), sent_at=(NOON + off).isoformat()))).json()
    assert (answer["skew_ms"], said(answer["verdicts"])) == (-off.total_seconds() * 1000, [("accepted", None)])
    (kept,) = await running.kept()
    assert (kept.data.at, kept.data.occurred_at) == (told, NOON - timedelta(seconds=30))
    assert kept.time == kept.data.occurred_at


async def test_a_batch_may_be_compressed_or_plain_text_and_is_bounded_as_it_inflates(running: Running) -> None:
    packed = gzip.compress(orjson.dumps(a_batch(card())))
    zipped = {"Content-Encoding": "gzip"}
    assert (await running.post(packed, zipped)).status_code == 202
    assert (await running.post(a_batch(card()), {"Content-Type": "text/plain;charset=UTF-8"})).status_code == 202
    bomb = gzip.compress(b" " * 50_000_000)
    refused: dict[str, list[tuple[Any, dict[str, str]]]] = {
        "batch_too_large": [
            (bomb, zipped), (b" " * 300_000, {}), (a_batch(card(more="x" * 10_000_000)), {}), (a_batch(*[failure()] * 201), {}),
        ],
        "not_a_batch": [
            (packed[:-9], zipped), (b"{}", zipped), (b"[]", {}), (b'{"events": [', {}), (b"", {}), (b'{"events": 3}', {}),
        ],
        "invalid": [({"events": []}, {}), (a_batch(sent_at="yesterday"), {})],
        "unsupported_media_type": [(b"{}", {"Content-Type": "image/png"}), (b"{}", {"Content-Encoding": "br"})],
    }  # fmt: skip
    for code, requests in refused.items():
        for body, headers in requests:
            answer = await running.post(body, headers)
            assert answer.json()["code"] == code, (body if isinstance(body, dict) else body[:40], answer.text)
    assert len(await running.kept()) == 2


async def test_a_profile_that_floods_is_asked_to_wait_and_others_are_not(start: Start, valkey_url: str) -> None:
    async with start(redis_url=valkey_url, events_per_minute=5) as running:
        assert len(await running.tell(*[card() for _ in range(5)])) == 5
        refused = await running.post(a_batch(card()))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_events")
        assert refused.headers["Retry-After"] == "60"
        assert (await running.post(a_batch(card()), profile_id=new_id())).status_code == 202


async def test_sampling_keeps_all_of_a_profile_or_none_and_says_what_each_stands_for(
    start: Start, valkey_url: str
) -> None:
    async with start(redis_url=valkey_url, sampling={"impression": 0.5}) as running:
        answers = [
            {
                v["verdict"]
                for v in (await running.post(a_batch(card(), card()), profile_id=new_id())).json()["verdicts"]
            }
            for _ in range(20)
        ]
        assert {frozenset(answer) for answer in answers} == {frozenset({"accepted"}), frozenset({"sampled_out"})}
        await running.tell(failure())
        assert [event.data.sampled for event in await running.kept()] == [1.0]


async def test_while_the_broker_is_away_nothing_is_claimed_and_the_same_events_are_taken_later(
    start: Start, valkey_url: str, fresh_broker: Any
) -> None:
    async with start(redis_url=valkey_url, kafka_bootstrap=fresh_broker.bootstrap, kafka_forgets=True) as running:
        event = card()
        await eventually_taken(running, card())
        fresh_broker.kill()
        refused = await running.post(a_batch(event))
        assert (refused.status_code, refused.json()["code"]) == (503, "events_not_taken")
        assert int(refused.headers["Retry-After"]) > 0
        fresh_broker.start()
        await eventually_taken(running, event)
        assert [str(kept.data.id) for kept in await running.kept()] == [event["id"]]


async def eventually_taken(running: Running, event: dict[str, Any]) -> None:
    async with asyncio.timeout(30):
        while True:
            answer = await running.post(a_batch(event))
            if answer.status_code != 503:
                break
            await asyncio.sleep(0.05)
    assert said(answer.json()["verdicts"]) == [("accepted", None)]


async def test_while_redis_is_away_events_are_taken_and_it_is_said_that_they_may_come_twice(start: Start) -> None:
    async with start(redis_url="redis://127.0.0.1:9/0") as running:
        event = card()
        for _ in range(2):
            answer = (await running.post(a_batch(event, event))).json()
            assert answer["deduplicated"] is False
            assert said(answer["verdicts"]) == [("accepted", None), ("duplicate", None)]
        # Who reads the topic tells them apart by their id.
        assert [str(kept.id) for kept in await running.kept()] == [event["id"]] * 2


async def test_many_batches_at_once_are_each_whole(running: Running) -> None:
    async def one(number: int) -> set[str]:
        answer = await running.post(a_batch(*[card(position=number) for _ in range(20)]))
        return {verdict["verdict"] for verdict in answer.json()["verdicts"]}

    assert await asyncio.gather(*map(one, range(40))) == [{"accepted"}] * 40
    kept = await running.kept()
    assert len({event.id for event in kept}) == len(kept) == 800


async def test_a_batch_that_is_more_than_the_broker_takes_at_once_is_kept_whole(running: Running) -> None:
    events = [failure(message=f"{number} " + "x" * 490, page="p" * 100) for number in range(200)]
    assert said(await running.tell(*events)) == [("accepted", None)] * 200
    assert [str(event.data.id) for event in await running.kept()] == [event["id"] for event in events]


async def test_a_token_in_a_body_is_nothing_to_the_service_itself(running: Running, tokens_for: TokensFor) -> None:
    token = tokens_for(profile_id=running.profile)
    answer = await running.client.post(
        PATH, content=f"{token}\n".encode() + orjson.dumps(a_batch(card())), headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 401


async def test_who_agreed_since_their_token_was_issued_tells_again_with_the_next(running: Running) -> None:
    event = card()
    before = await running.post(a_batch(event), consents=frozenset())
    assert said(before.json()["verdicts"]) == [("not_consented", "not_in_token")]
    after = await running.post(a_batch(event), consents=frozenset({"personalisation"}))
    assert said(after.json()["verdicts"]) == [("accepted", None)]


async def test_an_exposure_that_cannot_have_been_is_refused_by_its_reason(running: Running) -> None:
    name = f"cards-{running.profile.hex[-12:]}"
    other_arm = {"control": "large", "large": "control"}
    editor = {**running.auth_headers(roles=["content_manager"]), "If-Match": "*"}

    async def told(*each: tuple[str, str, float]) -> list[tuple[str, str | None]]:
        return said(
            await running.tell(
                *(
                    failure(type="exposure", experiment=what, arm=arm, at=(NOON + timedelta(minutes=at)).isoformat())
                    for what, arm, at in each
                )
            )
        )

    async def staff(method: str, path: str, **asked: Any) -> None:
        answer = await running.client.request(method, f"/api/v1/admin/experiments/{path}", headers=editor, **asked)
        assert answer.status_code == 200, answer.text

    no, yes = ("invalid", "not_running"), ("accepted", None)
    await staff("PUT", name, json={"layer": name, "arms": [{"name": each} for each in other_arm]})
    mine = drawn(experiment(name), running.profile)
    assert mine is not None
    assert await told((name, mine, 0)) == [no]
    running.clock.advance(60)
    await staff("POST", f"{name}/start")
    strange = ("invalid", "not_drawn")
    tried = [(name, mine, 1), (name, other_arm[mine], 1), (name, "none", 1), ("no-such", mine, 1), (name, mine, 0)]
    assert await told(*tried, ("flag:home.x", "on", 0)) == [yes, strange, strange, no, no, yes]
    assert [event.data.experiment for event in await running.kept()] == [name, "flag:home.x"]
    running.clock.advance(60)
    await staff("POST", f"{name}/stop")
    running.clock.advance(3_600)
    # Intake hears of it with the others who follow, and until then leaves it to who counts.
    async with asyncio.timeout(20):
        while await told((name, mine, 3)) != [no]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    # A device that was offline tells of what it met while it ran.
    assert await told((name, mine, 1.5), (name, mine, 3)) == [yes, no]


@pytest.mark.parametrize(
    ("known", "verdict"),
    [(None, "accepted"), (["personalisation"], "accepted"), (["analytics"], "not_consented"), ([], "not_consented")],
)
async def test_what_identity_knows_of_a_profiles_consent_counts_more_than_what_an_app_says(
    running: Running, known: list[str] | None, verdict: str
) -> None:
    consents = None if known is None else frozenset(known)
    answer = await running.post(a_batch(card()), consents=consents)
    assert answer.json()["verdicts"][0]["verdict"] == verdict
