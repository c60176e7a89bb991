"""Changing the grant's key leaves running films running."""

import time
from dataclasses import replace
from pathlib import Path

from tests.edge import nginx
from tests.edge.nginx import ASSET, Edge, Store, sign

NEW = "new-secret-of-the-tests-00000002"


def test_the_previous_key_opens_until_it_is_dropped(edge: Edge, store: Store, tmp_path: Path) -> None:
    path = f"{ASSET}/{store.run}/manifest.mpd"
    statuses: dict[str, list[int]] = {}
    for name, secrets in {"during": (NEW, nginx.SECRET), "after": (NEW,)}.items():
        settings = replace(
            edge.settings, public_port=nginx.free_port(), run_dir=tmp_path / name, log_dir=None, grant_secrets=secrets
        )
        with nginx.running(settings) as server:
            statuses[name] = [
                server.get(f"/media/{sign(secret=key)}/{path}").status
                for key in (NEW, nginx.SECRET, "never-a-key-0000")
            ]

    assert statuses == {"during": [200, 200, 403], "after": [200, 403, 403]}


def test_a_grant_ends_at_its_second(edge: Edge, store: Store) -> None:
    path = f"{ASSET}/{store.run}/manifest.mpd"
    now = int(time.time())

    assert edge.get(f"/media/{sign(expires=now)}/{path}").status == 403
    assert edge.get(f"/media/{sign(expires=now + 60)}/{path}").status == 200
