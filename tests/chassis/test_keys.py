"""Keys in the hands of a verifier: kept over restarts, torn files, rotation with overlap, a bounded memory of tokens."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from libs.chassis import ids
from libs.chassis.security import tokens
from libs.chassis.security.followed import Followed
from libs.chassis.security.tokens import (
    InvalidToken,
    KeysUnavailable,
    Signer,
    Verifier,
    new_private_key,
)
from libs.contracts.token import Principal
from tests.gateway.servers import Neighbour, free_port, serving

OLD, NEW = new_private_key(), new_private_key()
NOWHERE = f"http://127.0.0.1:{free_port()}/jwks"


def somebody() -> Principal:
    return Principal(account_id=ids.new_id(), session_id=ids.new_id())


@pytest.mark.parametrize(
    "torn",
    [b"", b"{", b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": "a"', b"\x00\xff", b"null", b"[]", b'"keys"', b"7",
     b'{"keys": null}', b'{"keys": {"a": 1}}', b'{"keys": [null, 7, "x", []]}',
     b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": 7}]}',
     b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": ["a"]}]}', b'{"keys": [{"kty": "EC", "crv": "P-256", "kid": "a"}]}',
     json.dumps({"keys": [{**Signer(OLD).jwks()["keys"][0], "x": "AAAA"}]}).encode(),
     b"[" * 100_000],
)  # fmt: skip
async def test_a_torn_file_of_keys_stops_nobody_from_starting(tmp_path: Path, torn: bytes) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(torn)
    source = Neighbour(answers={"/jwks": Signer(OLD).jwks()})
    async with serving(source.app) as url:
        verifier = Verifier(f"{url}/jwks", cache_file=str(file))
        token = Signer(OLD).issue(somebody(), ttl=600)
        assert (await verifier.verify(token)).expires > time.time()
    assert json.loads(file.read_text()) == Signer(OLD).jwks(), "and it is whole again"


async def test_a_folder_in_its_place_or_none_stops_nobody_either(tmp_path: Path) -> None:
    for file in (tmp_path, tmp_path / "missing" / "jwks.json"):
        with pytest.raises(KeysUnavailable):
            await Verifier(NOWHERE, cache_file=str(file)).verify(Signer(OLD).issue(somebody(), ttl=600))


async def test_the_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    source = Neighbour(answers={"/jwks": Signer(OLD).jwks()})
    async with serving(source.app) as url:
        before = file.write_text("{}") and file.stat().st_ino
        await Verifier(f"{url}/jwks", cache_file=str(file)).refresh()
    assert file.stat().st_ino != before, "written aside, then put in its place"
    assert [path.name for path in tmp_path.iterdir()] == ["jwks.json"]
    restarted = Verifier(NOWHERE, cache_file=str(file))
    assert (await restarted.verify(Signer(OLD).issue(somebody(), ttl=600))).roles == frozenset()


async def test_a_key_set_without_keys_replaces_nothing() -> None:
    answers: list[object] = [{"keys": []}, {}, [], "keys", None]
    for answer in answers:
        source = Neighbour(answers={"/jwks": answer})
        async with serving(source.app) as url:
            verifier = Verifier(f"{url}/jwks", keys=Signer(OLD).jwks())
            await verifier.refresh()
            await verifier.verify(Signer(OLD).issue(somebody(), ttl=600))


async def test_a_new_key_is_published_before_it_signs() -> None:
    settled = 1_000_000.0
    signer = Signer(NEW, OLD, settled_at=settled)
    asked_a_minute_ago = Verifier(keys=Signer(OLD).jwks())
    asked_since = Verifier(keys=signer.jwks())
    now = time.time()
    early = Signer(NEW, OLD, settled_at=now + 60).issue(somebody(), ttl=600, now=now)
    late = Signer(NEW, OLD, settled_at=now - 1).issue(somebody(), ttl=600, now=now)
    for verifier in (asked_a_minute_ago, asked_since):
        await verifier.verify(early)
    await asked_since.verify(late)
    with pytest.raises(InvalidToken):
        await asked_a_minute_ago.verify(late)  # what would happen to everybody without the wait


async def test_rotation_refuses_nobody_who_asks_once_a_minute() -> None:
    """A verifier that never meets an unknown key id asks nobody; one that does asks once and has the new key."""
    source = Neighbour(answers={"/jwks": Signer(NEW, OLD).jwks()})
    async with serving(source.app) as url:
        verifier = Verifier(f"{url}/jwks", keys=Signer(OLD).jwks())
        for key in (OLD, NEW, OLD, NEW):
            await verifier.verify(Signer(key).issue(somebody(), ttl=600))
        for _ in range(50):
            with pytest.raises(InvalidToken):
                await verifier.verify(Signer(new_private_key()).issue(somebody(), ttl=600))
    assert len(source.seen) == 1


async def test_the_memory_of_tokens_is_bounded_and_keeps_those_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHE_SIZE", 50)
    signer = Signer(OLD)
    verifier = Verifier(keys=signer.jwks())
    checked: list[str] = []
    check = verifier._verify

    async def counted(token: str) -> Principal:
        checked.append(token)
        return await check(token)

    monkeypatch.setattr(verifier, "_verify", counted)
    known = signer.issue(somebody(), ttl=600)
    for _ in range(120):
        await verifier.verify(signer.issue(somebody(), ttl=600))
        await verifier.verify(known)
        assert len(verifier._seen) <= 50
    assert checked.count(known) == 1, "the strangers' tokens push out one another, not one in use"


def test_no_token_is_issued_for_longer_than_revocations_are_remembered() -> None:
    with pytest.raises(ValueError, match="at most"):
        Signer(OLD).issue(somebody(), ttl=3601)


async def test_a_key_that_comes_while_it_runs_is_published_at_once_and_signs_later() -> None:
    now = time.time()
    signer = Signer(OLD)
    signer.replace(NEW, OLD, settled_at=now + 300)
    published = [key["kid"] for key in signer.jwks()["keys"]]
    assert published == [Signer(NEW).kid, Signer(OLD).kid]
    before, after = Verifier(keys=Signer(OLD).jwks()), Verifier(keys=Signer(NEW).jwks())
    await before.verify(signer.issue(somebody(), ttl=600, now=now))
    await after.verify(signer.issue(somebody(), ttl=600, now=now + 301))
    signer.replace(NEW, settled_at=now + 9000)
    assert len(signer.jwks()["keys"]) == 1
    await after.verify(signer.issue(somebody(), ttl=600, now=now + 301))
    for wrong in ((), ("no key",)):
        with pytest.raises(ValueError, match=r"."):
            signer.replace(*wrong, settled_at=0)
    await after.verify(signer.issue(somebody(), ttl=600, now=now + 301))


async def test_a_file_is_followed_and_what_is_no_good_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, taken = tmp_path / "key", list[str]()
    file.write_text("first")

    def take(text: str) -> None:
        if text == "torn":
            raise ValueError("no good")
        taken.append(text)

    def has(expected: list[str]) -> Callable[[], bool]:
        return lambda: taken == expected

    monkeypatch.setattr(Followed, "every", 0.01)
    followed = Followed("key", file, take)
    await followed.start()
    try:
        steps: list[tuple[str, list[str]]] = [("first", []), ("second", ["second"]), ("torn", ["second"])]
        for text, expected in steps:
            tokens._write_aside(file, text)
            await _eventually(has(expected))
        await _eventually(lambda: "no good" in (followed.problem or ""))
        file.unlink()
        await _eventually(lambda: "FileNotFoundError" in (followed.problem or ""))
        tokens._write_aside(file, "third")
        await _eventually(lambda: taken == ["second", "third"] and followed.problem is None)
    finally:
        await followed.stop()


async def _eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  it follows a file, which tells nobody
            await asyncio.sleep(0.01)
