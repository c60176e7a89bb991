"""Passwords from breaches are refused, by those that are met most and by a file of any size, without a network."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.breached import Breached, NotSuchAFile
from tests.identity.conftest import PASSWORD, Identity, Start


def digest(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()


def written(path: Path, passwords: list[str], end: str = "\r\n") -> Path:
    path.write_bytes("".join(sorted(f"{digest(each)}:{len(each)}{end}" for each in passwords)).encode())
    return path


async def test_what_is_met_most_is_known_without_a_file() -> None:
    breached = Breached()
    for password in ("trustno1", "letmein1", "Sunshine1", "liverpool1"):
        assert await breached.knows(password) == await breached.knows(password.lower())
    assert await breached.knows("liverpool1")
    assert not await breached.knows(PASSWORD)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_every_line_of_a_file_is_found_and_nothing_else(tmp_path: Path, size: int, end: str) -> None:
    passwords = [f"quiet otter {n}" * (1 + n % 3) for n in range(size)]
    breached = Breached(written(tmp_path / "hashes", passwords, end))
    assert all([await breached.knows(each) for each in passwords])
    assert not any([await breached.knows(f"loud heron {n}") for n in range(200)])


@given(st.sets(st.binary(min_size=20, max_size=20), min_size=1, max_size=60), st.integers(0, 10**9))
def test_the_search_agrees_with_looking_at_every_line(hashes: set[bytes], count: int) -> None:
    import tempfile

    from services.identity.breached import _found

    lines = sorted(each.hex().upper() for each in hashes)
    with tempfile.NamedTemporaryFile() as file:
        file.write("".join(f"{line}:{count % (place + 1)}\n" for place, line in enumerate(lines)).encode())
        file.flush()
        path = Path(file.name)
        assert all(_found(path, line.encode()) for line in lines)
        for line in lines:
            near = f"{int(line, 16) ^ 1:040X}"
            assert _found(path, near.encode()) == (near in lines)


@pytest.mark.parametrize("content", [b"", b"password\n", b"x" * 300, b"{}", b"B" * 40 + b":1\n" + b"A" * 40 + b":1\n"])
def test_another_file_is_refused_at_the_start(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(NotSuchAFile):
        Breached(path)


async def test_a_breached_password_is_refused_wherever_one_is_set(start: Start, tmp_path: Path) -> None:
    bad = "seven muddy lanterns"
    identity: Identity = await start(breached_passwords=written(tmp_path / "hashes", [bad]))
    for refused in (bad, "liverpool1"):
        body = {"email": "ada@example.com", "password": refused, "name": "Ada"}
        answer = await identity.call("POST", "/auth/register", json=body)
        assert answer.status_code == 422 and answer.json()["code"] in ("breached_password", "weak_password")
    mine = await identity.register()
    change = {"current_password": PASSWORD, "new_password": bad}
    answer = await identity.call("POST", "/me/password", mine["access_token"], json=change)
    assert (answer.status_code, answer.json()["code"]) == (422, "breached_password")
    assert bad not in answer.text
