from __future__ import annotations

import hashlib
import hmac
import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.edge.settings import grant_secrets
from services.playback.grants import Grants, parted

ASSET = UUID("01a1fabd-d5f0-767a-8c10-372754bc8417")
SESSION = UUID("01a1fabd-d628-73fa-9dcf-73eba7282163")


@given(
    secret=st.text(min_size=1), asset=st.uuids(), session=st.uuids(), height=st.integers(0, 4320),
    expires=st.integers(0, 2**40),
)  # fmt: skip
def test_a_grant_is_the_hmac_the_edge_computes(
    secret: str, asset: UUID, session: UUID, height: int, expires: int
) -> None:
    message = f"{expires}~{asset}~{session}~{height}"
    expected = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()

    grants = Grants(secret)

    assert grants.sign(asset, session, height, expires) == f"{message}~{expected}"
    # The keyed state is shared between calls: the second must not see the first.
    assert grants.prefix(asset, session, height, expires) == f"/media/{message}~{expected}"


def test_a_known_grant() -> None:
    # Computed with: printf %s '<message>' | openssl dgst -sha256 -hmac key
    asset = UUID("01a1fabd-d5f0-767a-8c10-372754bc8417")
    session = UUID("01a1fabd-d628-73fa-9dcf-73eba7282163")
    assert (
        Grants("key")
        .sign(asset, session, 1080, 1893499320)
        .endswith("~cfd6e7e865de1620bd7585d4e4b815399e1cc951fdc1c342fbbf3af3497a0978")
    )


def test_a_new_secret_signs_once_every_edge_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    grants = Grants("old")
    by = {name: Grants(name).sign(ASSET, SESSION, 720, 4102444800) for name in ("old", "new", "newer")}

    def signed() -> str:
        return grants.sign(ASSET, SESSION, 720, 4102444800)

    assert signed() == by["old"]
    grants.replace("new", "old", settled_at=now + 300)
    assert signed() == by["old"]
    monkeypatch.setattr(time, "time", lambda: now + 301)
    assert signed() == by["new"]
    grants.replace("new", settled_at=now + 900)
    assert signed() == by["new"]
    for wrong in ((), ("",), ("newer", "")):
        with pytest.raises(ValueError, match="no secret"):
            grants.replace(*wrong, settled_at=0)
    assert signed() == by["new"]


def test_an_edge_proves_itself_by_either_secret_while_there_are_two() -> None:
    def proof(*secrets: str) -> str:
        text = f"ended~{int(time.time()) + 30}"
        macs = [hmac.new(secret.encode(), text.encode(), "sha256").hexdigest() for secret in secrets]
        return "~".join([text, *macs])

    grants = Grants("new", "old", settled_at=time.time() + 300)
    assert grants.shown_by(proof("old"))
    assert grants.shown_by(proof("new"))
    assert grants.shown_by(proof("stranger", "old"))
    assert not grants.shown_by(proof("stranger"))


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ("one", (["one"], None)),
        ("new@1764277200,old", (["new", "old"], 1764277200.0)),
        ("new@1764277200\n", (["new"], 1764277200.0)),
        ("new,old", (["new", "old"], None)),
    ],
)
def test_how_a_secret_is_written_while_it_changes(held: str, found: tuple[list[str], float | None]) -> None:
    assert parted(held) == found
    assert grant_secrets(held) == tuple(found[0]), "as the edge reads it"
