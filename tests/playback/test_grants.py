from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.playback.grants import Grants


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
