"""Changing the grant's key leaves running films running."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from deploy.edge import files
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


def test_a_dropped_key_opens_nothing_after_a_reload_even_where_it_just_did(
    edge: Edge, store: Store, tmp_path: Path
) -> None:
    grant = f"/media/{sign()}/{ASSET}/{store.run}/manifest.mpd"
    settings = replace(edge.settings, public_port=nginx.free_port(), run_dir=tmp_path / "edge", log_dir=None)
    with nginx.running(settings) as server:
        assert [server.get(grant).status for _ in range(3)] == [200, 200, 200]

        files.write(replace(settings, grant_secrets=(NEW,)))
        os.kill(int((tmp_path / "edge" / "pid").read_text()), signal.SIGHUP)

        nginx.until(lambda: server.get(f"/media/{sign(secret=NEW)}/{ASSET}/{store.run}/manifest.mpd").status == 200)
        nginx.until(lambda: server.get(grant).status == 403)


def test_a_grant_that_was_good_does_not_outlive_its_second(edge: Edge, store: Store) -> None:
    grant = f"/media/{sign(expires=int(time.time()) + 2)}/{ASSET}/{store.run}/manifest.mpd"

    assert edge.get(grant).status == 200
    nginx.until(lambda: edge.get(grant).status == 403)


def test_a_good_grant_lends_its_signature_to_no_other(edge: Edge, store: Store) -> None:
    known = sign(height=360)
    assert edge.get(f"/media/{known}/{ASSET}/{store.run}/manifest.mpd").status == 200

    text, _, mac = known.rpartition("~")
    for forged in (text.replace("~360", "~2160"), text.replace("~360", "~36"), text.removesuffix("~360")):
        assert edge.get(f"/media/{forged}~{mac}/{ASSET}/{store.run}/manifest.mpd").status == 403


def test_a_grant_ends_at_its_second(edge: Edge, store: Store) -> None:
    path = f"{ASSET}/{store.run}/manifest.mpd"
    now = int(time.time())

    assert edge.get(f"/media/{sign(expires=now)}/{path}").status == 403
    assert edge.get(f"/media/{sign(expires=now + 60)}/{path}").status == 200
