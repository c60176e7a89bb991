"""A key is changed in two steps, and neither is taken too early, on one machine and in a folder of containers' secrets."""

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy import secrets as containers
from deploy.local.data import Data
from deploy.operations import places
from deploy.operations.keys import KINDS, Keys, Kind, NotOurs, UnderWay
from libs.chassis.security.tokens import Signer
from services.identity.settings import split_pem
from services.playback.grants import parted

Make = Callable[[Callable[[], datetime]], Keys]


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 27, 20, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture(params=["here", "in containers"])
def keys(request: pytest.FixtureRequest, tmp_path: Path, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> Keys:
    if request.param == "here":
        data = Data(tmp_path)
        data.make()
        data.secrets(["identity"])
        return Keys(places.on_this_machine(data), clock)
    made = containers.files(containers.remembered(tmp_path))
    for container, files in made.items():
        for name, text in files.items():
            containers.write(tmp_path / container / name, text, 0o444)
    monkeypatch.setenv("BIJOU_KAFKA_BOOTSTRAP", "kafka:9092")
    return Keys(places.in_containers(tmp_path), clock)


def held(keys: Keys, kind: Kind) -> list[str]:
    text = keys._kept.read(kind)
    return split_pem(text) if kind == "signing" else parted(text)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_new_key_stands_before_the_old_one_until_nothing_of_it_can_live(
    keys: Keys, clock: Hands, kind: Kind
) -> None:
    (old,) = held(keys, kind)
    assert not keys.look(kind).changing

    key = keys.rotate(kind)
    new, still = held(keys, kind)
    assert still == old != new
    assert key.since == clock.now
    assert key.signs == clock.now + timedelta(seconds=300)
    lives = timedelta(seconds=600 if kind == "signing" else 12 * 3600)
    assert key.over is not None
    assert key.over > key.signs + lives

    for early in (timedelta(0), key.over - clock.now - timedelta(seconds=1)):
        clock.now = key.since + early
        with pytest.raises(UnderWay, match="may still live"):
            keys.retire(kind)
        with pytest.raises(UnderWay):
            keys.rotate(kind)
    assert held(keys, kind) == [new, old]

    clock.now = key.over
    assert keys.retire(kind) is True
    assert held(keys, kind) == [new]
    assert keys.retire(kind) is False
    assert keys.look(kind).since == key.since, "its age is known from now on"


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_that_is_over_makes_room_for_the_next(keys: Keys, clock: Hands, kind: Kind) -> None:
    over = keys.rotate(kind).over
    (new, _) = held(keys, kind)
    assert over is not None
    clock.now = over
    keys.rotate(kind)
    assert held(keys, kind)[1] == new


def test_containers_get_new_files_and_no_others(tmp_path: Path, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    for container, files in containers.files(containers.remembered(tmp_path)).items():
        for name, text in files.items():
            containers.write(tmp_path / container / name, text, 0o444)
    monkeypatch.setenv("BIJOU_KAFKA_BOOTSTRAP", "kafka:9092")
    (tmp_path / "edge" / "bucket_key").unlink()
    before = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    given = {path: path.stat().st_ino for path in tmp_path.glob("*/*")}
    keys = Keys(places.in_containers(tmp_path), clock)
    for kind in KINDS:
        keys.rotate(kind)

    after = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    changed = {path.relative_to(tmp_path).as_posix() for path in after if after[path] != before.get(path)}
    assert changed == {
        "secrets.json", "identity/signing_key", "seed/signing_key", "playback/BIJOU_GRANT_SECRET", "edge/BIJOU_GRANT_SECRET",
    }  # fmt: skip
    assert after.keys() == before.keys()
    assert {path: path.stat().st_ino for path in tmp_path.glob("*/*")} == given, (
        "a container sees the file it was given"
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in given} == {0o444}
    assert (tmp_path / "edge" / "BIJOU_GRANT_SECRET").read_text() == (
        tmp_path / "playback" / "BIJOU_GRANT_SECRET"
    ).read_text()
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    # What makes the secrets leaves them as they are now.
    assert containers.remembered(tmp_path) == json.loads((tmp_path / "secrets.json").read_text())


def test_keys_that_are_kept_elsewhere_are_changed_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for container, files in containers.files(containers.remembered(tmp_path)).items():
        for name, text in files.items():
            containers.write(tmp_path / container / name, text, 0o444)
    (tmp_path / "secrets.json").unlink()
    monkeypatch.setenv("BIJOU_KAFKA_BOOTSTRAP", "kafka:9092")
    with pytest.raises(NotOurs):
        Keys(places.in_containers(tmp_path))


def test_a_signer_reads_what_is_written(keys: Keys) -> None:
    keys.rotate("signing")
    text = keys._kept.read("signing")
    assert text.startswith("# since ")
    assert len(Signer(*split_pem(text)).jwks()["keys"]) == 2
