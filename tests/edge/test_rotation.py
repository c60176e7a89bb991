"""Changing the grant's key leaves running films running."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from deploy.edge import files
from deploy.edge.settings import DirectoryStore, EdgeSettings
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


def test_an_edge_by_itself_follows_the_file_of_its_keys(store: Store, tmp_path: Path) -> None:
    secrets, port = tmp_path / "secrets", nginx.free_port()
    secrets.mkdir()
    held = secrets / "BIJOU_GRANT_SECRET"
    held.write_text(nginx.SECRET)
    told = {
        "BIJOU_GATEWAY": "http://127.0.0.1:9", "BIJOU_OBJECT_STORE_URL": store.path.as_uri(), "BIJOU_HOST": "127.0.0.1",
        "BIJOU_PORT": str(port), "BIJOU_RUN_DIR": str(tmp_path / "edge"), "BIJOU_CACHE_DIR": str(tmp_path / "cache"),
        "BIJOU_WEB_DIST": str(nginx.web_app(tmp_path / "web")), "BIJOU_SECRETS_DIR": str(secrets), "BIJOU_WORKERS": "1",
        "BIJOU_NGINX": str(files.binary()), "BIJOU_USER": nginx.run_as() or "",
    }  # fmt: skip
    path = f"{ASSET}/{store.run}/manifest.mpd"
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.edge.main"],
        env={**os.environ, **told},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    edge = Edge(port, EdgeSettings(port, "", DirectoryStore(store.path), tmp_path, tmp_path, ()))

    def opens(key: str) -> int:
        with suppress(OSError):
            return edge.get(f"/media/{sign(secret=key)}/{path}").status
        return 0

    try:
        nginx.until(lambda: opens(nginx.SECRET) == 200)
        assert opens(NEW) == 403
        for text in ("no/good key", f"{NEW}@1764277200,{nginx.SECRET}"):
            fresh = held.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(held)
            if text.startswith("no"):
                nginx.until(lambda: "stay as they were" in (tmp_path / "log").read_text())
                assert opens(nginx.SECRET) == 200
        nginx.until(lambda: opens(NEW) == 200)
        assert opens(nginx.SECRET) == 200
    finally:
        process.terminate()
        process.wait(20)
        log.close()
    # What followed the file ends with nginx.
    nginx.until(lambda: not any(_session(int(pid.name)) == process.pid for pid in Path("/proc").glob("[0-9]*")))


def _session(pid: int) -> int:
    with suppress(OSError):
        return os.getsid(pid) if "Z (zombie)" not in Path(f"/proc/{pid}/status").read_text() else 0
    return 0
