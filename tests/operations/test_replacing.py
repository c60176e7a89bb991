"""A data directory is replaced by another: interrupted anywhere it is the old one or, from one moment on, the new one."""

from pathlib import Path

import pytest

from deploy.local import replacing
from deploy.local.data import Data


class PowerFailure(Exception):
    """Ends a process in the middle."""


def filled(data: Data, said: str) -> Data:
    data.make()
    data.secrets(["catalog"])
    for path in (
        data.postgres / "PG_VERSION",
        data.store / "film",
        data.volume("search") / "index",
        data.valkey / "aof",
    ):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said)
    (data.root / "a file of mine").write_text("mine")
    return data


def built(data: Data) -> None:
    fresh = replacing.begin(data)
    for path in (fresh.postgres / "PG_VERSION", fresh.store / "film", fresh.root / "secrets.json"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("new")


def said(data: Data) -> dict[str, str]:
    paths = (
        data.postgres / "PG_VERSION",
        data.store / "film",
        data.volume("search") / "index",
        data.root / "secrets.json",
    )
    return {path.name: path.read_text()[:3] if path.exists() else "" for path in paths}


OLD = {"PG_VERSION": "old", "film": "old", "index": "old", "secrets.json": '{\n "'[:3]}
NEW = {"PG_VERSION": "new", "film": "new", "index": "", "secrets.json": "new"}


def left(data: Data) -> list[str]:
    return [name for name in (replacing.BUILDING, replacing.BUILT, replacing.OLD) if (data.root / name).exists()]


def test_what_was_built_takes_the_place(tmp_path: Path) -> None:
    data = filled(Data(tmp_path), "old")
    key = data.private_key("signing_key").read_text()
    built(data)
    replacing.commit(data)
    assert said(data) == NEW
    assert left(data) == []
    assert (tmp_path / "a file of mine").read_text() == "mine"
    assert data.private_key("signing_key").read_text() == key, "what was not built stays"


def test_one_that_was_never_finished_leaves_the_old(tmp_path: Path) -> None:
    data = filled(Data(tmp_path), "old")
    built(data)
    assert replacing.finish(data) is False
    assert said(data) == OLD
    assert left(data) == []


@pytest.mark.parametrize("step", range(1, 13))
def test_interrupted_at_any_step_it_is_finished_by_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: int
) -> None:
    data = filled(Data(tmp_path), "old")
    built(data)
    steps = 0
    rename = Path.rename

    def fails(self: Path, target: Path) -> Path:
        nonlocal steps
        steps += 1
        if steps == step:
            raise PowerFailure
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    interrupted = False
    try:
        replacing.commit(data)
    except PowerFailure:
        interrupted = True
    monkeypatch.undo()
    assert interrupted == (step <= 10), "each step was tried"

    replacing.finish(data)
    # Before the first rename nothing counts; from then on everything does.
    assert said(data) == (OLD if step == 1 else NEW)
    assert left(data) == []
