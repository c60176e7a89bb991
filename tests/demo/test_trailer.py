"""A trailer is cut from a film's own shots: as long as it should be, with pictures of all of it, and its title last."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from demo import catalogue
from demo.cinema import trailer
from demo.cinema.reel import FilmingFailed
from demo.cinema.script import reel
from demo.cinema.tools import ffmpeg

KEYS = [next(title.films()).key for title in catalogue.titles()]


@pytest.mark.parametrize("key", KEYS)
def test_every_title_has_one_of_fifteen_to_twenty_seconds(key: str) -> None:
    laid = reel(key)
    *telling, title = trailer.cuts(laid)
    assert 15 <= sum(seconds for _, seconds in (*telling, title)) <= 20
    assert telling == sorted(telling) and len(telling) == trailer.SHOTS
    assert telling[-1][0] > laid.seconds / 2, "not only of how it begins"
    for begins, seconds in (*telling, title):
        [shot] = [timed for timed in laid.shots if timed.begins <= begins < timed.begins + timed.shot.seconds]
        assert begins + seconds <= shot.begins + shot.shot.seconds + 1e-9, "no cut within a part"
        assert shot.shot.title == ((begins, seconds) == title)
        assert not shot.shot.credits


def test_it_is_cut_from_the_film(tmp_path: Path) -> None:
    laid = reel("the-ninth-flash")
    film = tmp_path / "film.mp4"
    pattern = f"testsrc2=size=320x180:rate=24:duration={laid.seconds}"
    line = [
        ffmpeg(), "-loglevel", "error", "-f", "lavfi", "-i", pattern, "-f", "lavfi",
        "-i", f"sine=duration={laid.seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", str(film),
    ]  # fmt: skip
    subprocess.run(line, check=True, timeout=120)
    made = tmp_path / "trailer.mp4"
    trailer.cut(film, laid, made)
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(made))
    assert (frames, seconds) == (pytest.approx(17.75 * 24, abs=3), pytest.approx(17.75, abs=0.15))
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


def test_a_film_that_is_none_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_text(json.dumps("no film"))
    with pytest.raises(FilmingFailed, match=r"film\.mp4 could not be cut"):
        trailer.cut(film, reel("mileage"), tmp_path / "trailer.mp4")
    assert list(tmp_path.iterdir()) == [film]
