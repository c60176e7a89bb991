"""A film comes out as its script says: length, cuts, dissolves, captions, spoken tracks, loudness."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from demo import catalogue, filming
from demo.artwork import canvas
from demo.artwork.canvas import Canvas
from demo.cinema import captions, colour, layers, music, reel, sound, weather
from demo.cinema.camera import camera, pose, view
from demo.cinema.reel import Filming, FilmingFailed, pieces
from demo.cinema.script import Reel, Script, Shot, Timed
from demo.cinema.stage import Stage
from demo.cinema.tools import ffmpeg
from demo.cinema.weather import FLOWS, tile

SCORE = {"tempo": 120, "chords": "C F G C", "melody": "C5 E5 G5 C6", "lead": "piano", "beds": {"wind": 0.2}}
SHORT: dict[str, Any] = {
    "scene": "mileage",
    "score": SCORE,
    "spoken": {"K": {"en": ("en-gb", 30, 150), "de": ("de", 30, 150)}},
    "shots": [
        {
            "seconds": 2, "title": True, "tint": ("#ffffff", "#ffffff"), "start": (0.5, 0.5, 1.3), "end": (0.6, 0.5, 1.3),
            "lines": [{"at": 0.2, "lasts": 1.4, "en": "The road.", "de": "Die Straße.", "voice": "K"}],
        },
        {"seconds": 2, "tint": ("#304060", "#304060"), "lines": [{"at": 0.3, "lasts": 1.2, "en": "Night.", "de": "Nacht."}]},
        {"seconds": 3, "join": "dissolve", "tint": ("#ffd0a0", "#ffd0a0"), "weather": "rain"},
        {"seconds": 2, "credits": True, "join": "black", "tint": ("#202020", "#202020")},
    ],
}  # fmt: skip


def laid(script: Script) -> Reel:
    timed, begins = [], 0.0
    for shot in script.shots:
        timed.append(Timed(shot=shot, begins=begins, scene=script.scene))
        begins += shot.seconds
    return Reel(script=script, shots=tuple(timed), seconds=begins, credits_start=timed[-1].begins)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("film") / "out" / "film.mp4"
    Filming(laid(Script.model_validate(SHORT)), "It's 100% “odd”, really", ("Someone",), ("A", "B")).make(file)
    assert [path.name for path in file.parent.iterdir()] == ["film.mp4"]
    return file


@pytest.fixture(scope="module")
def frames(film: Path) -> NDArray[np.uint8]:
    line = [ffmpeg(), "-v", "error", "-i", str(film), "-vf", "scale=160:90", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    raw = subprocess.run(line, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 90, 160)


def streams(file: Path) -> str:
    return subprocess.run(
        [ffmpeg(), "-hide_banner", "-i", str(file)], capture_output=True, text=True, check=False
    ).stderr


def test_a_film_lasts_as_long_as_its_shots(frames: NDArray[np.uint8]) -> None:
    assert len(frames) == 9 * reel.RATE


def test_a_cut_is_at_once_and_a_dissolve_takes_its_time(frames: NDArray[np.uint8]) -> None:
    light = frames.mean(axis=(1, 2))
    step = np.abs(np.diff(light))
    cut, dissolve = 2 * reel.RATE, 4 * reel.RATE
    assert step[cut - 1] > 15
    assert step[dissolve - 1 : dissolve + reel.RATE].max() < 6
    assert light[dissolve + reel.RATE] - light[dissolve - 1] > 15
    assert light[0] < 12 and light[-1] < 12, "it comes from black and goes to it"


def test_the_camera_moves_within_a_shot(frames: NDArray[np.uint8]) -> None:
    one, other = frames[20].astype(int), frames[40].astype(int)
    assert np.abs(one - other).mean() > 2


def test_it_carries_both_languages_in_sound_and_captions(film: Path) -> None:
    said = streams(film)
    assert said.count("Audio: flac") == 2
    assert said.count("Subtitle: mov_text") == 2
    for kind, language in ((kind, language) for kind in ("Audio", "Subtitle") for language in ("eng", "deu")):
        assert any(f"({language})" in row and kind in row for row in said.splitlines()), (kind, language)


def test_the_two_languages_do_not_sound_the_same(film: Path) -> None:
    heard = []
    for track in (0, 1):
        line = [ffmpeg(), "-v", "error", "-i", str(film), "-map", f"0:a:{track}"]
        line += ["-f", "s16le", "-ac", "1", "-ar", "8000", "-"]
        heard.append(
            np.frombuffer(subprocess.run(line, capture_output=True, check=True).stdout, np.int16).astype(float)
        )
    spoken = slice(int(0.2 * 8000), int(1.6 * 8000))
    assert np.abs(heard[0][spoken] - heard[1][spoken]).mean() > 100


def test_its_sound_is_as_loud_as_every_films_and_does_not_clip(film: Path) -> None:
    assert abs(sound.loudness(film) - sound.TARGET) < 2
    line = [ffmpeg(), "-v", "error", "-i", str(film), "-map", "0:a:0", "-f", "s16le", "-"]
    samples = np.frombuffer(subprocess.run(line, capture_output=True, check=True).stdout, np.int16).astype(int)
    assert np.abs(samples).max() < 32_700
    assert samples.std() > 300


def test_captions_are_numbered_and_timed_in_the_film() -> None:
    text = captions.subrip(laid(Script.model_validate(SHORT)), "de")
    assert text.splitlines()[:3] == ["1", "00:00:00,200 --> 00:00:01,600", "Die Straße."]
    assert "2\n00:00:02,300 --> 00:00:03,500\nNacht." in text


@pytest.mark.parametrize(
    "change",
    [
        {"shots": SHORT["shots"][:3]},
        {"shots": [{"seconds": 2, "lines": [{"at": 3, "lasts": 2, "en": "a", "de": "b"}]}, *SHORT["shots"][1:]]},
        {"unknown": 1},
    ],
)
def test_a_broken_script_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Script.model_validate({**SHORT, **change})


def test_pieces_cover_every_shot_once_and_are_parted_at_cuts() -> None:
    whole = laid(Script.model_validate(SHORT))
    found = pieces(whole, 2)
    assert found[0][0] == 0 and found[-1][1] == 4
    assert [end for _, end in found[:-1]] == [start for start, _ in found[1:]]
    assert 2 not in [start for start, _ in found], "the dissolve stays in one piece"


def test_near_layers_move_more_than_far_ones_and_meet_half_way() -> None:
    shot = Shot(seconds=4, start=(0.4, 0.5, 1.2), end=(0.6, 0.5, 1.2))
    size = ((1600, 900), (1280, 720))
    moved = [view(shot, 0.8, depth, *size).x - view(shot, 0.2, depth, *size).x for depth in (0.0, 0.5, 1.0)]
    assert moved[0] < moved[1] < moved[2]
    assert len({round(view(shot, 0.5, depth, *size).x, 3) for depth in (0.0, 0.5, 1.0)}) == 1
    assert camera(shot, 0.0) == pytest.approx((0.4, 0.5, 1.2))


def test_an_unknown_motion_is_refused() -> None:
    with pytest.raises(ValueError, match="no motion called wobble"):
        pose("wobble 1", 0.0)


def test_layers_put_on_each_other_give_the_painted_picture() -> None:
    whole = Canvas(320, 180, 5)
    layers.paint(whole, "ninth_flash")
    parts = layers.scene_layers("ninth_flash", (0, 0, 1), 320, 180)
    assert {"beam", "tower", "rock"} <= {pane.name for pane in parts}
    assert not [pane for pane in parts if pane.name == "weather"]
    (one,) = layers.merged([*parts], near=2.0)
    sheet = np.zeros((180, 320, 4), np.uint8)
    sheet[one.top : one.top + one.pixels.shape[0], one.left : one.left + one.pixels.shape[1]] = one.pixels
    painted = np.clip(whole.pixels * 255, 0, 255)[..., ::-1]
    # Weather, vignette and grain are left out and random clouds differ: the light is where it was painted.
    near = np.abs(sheet[..., :3].astype(float).mean(axis=2) - painted.mean(axis=2))
    assert near.mean() < 22
    assert sheet[60, 224, :3].mean() > 150, "the lantern"


@pytest.mark.parametrize("kind", list(FLOWS))
def test_tiles_repeat_without_a_seam(kind: weather.Weather) -> None:
    sheet = np.asarray(tile(kind, 320, 180, 1)).astype(int)
    assert sheet.shape == (360, 640)
    assert sheet.max() > 40
    inner = slice(20, 160)
    assert np.array_equal(sheet[inner, 20:300], sheet[180 + 20 : 180 + 160, 340:620])


def test_music_is_read_and_refused_by_name() -> None:
    assert music.pitch("A4") == 69
    assert music.chord("Dm7") == (50, 53, 57, 60)
    assert music.melody("C5:2 | -:1 E5") == [(72, 2.0), (None, 1.0), (76, 1.0)]
    for wrong in (lambda: music.pitch("H4"), lambda: music.chord("Cwhat")):
        with pytest.raises(ValueError, match="is not a"):
            wrong()


def test_a_films_name_changes_with_its_script_and_those_of_no_film_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = filming.path(tmp_path, "mileage")
    assert file == filming.path(tmp_path, "mileage")
    monkeypatch.setattr(filming, "_makers", lambda: b"another engine")
    assert filming.path(tmp_path, "mileage") != file
    stale, left = tmp_path / "mileage-0123456789ab.mp4", tmp_path / ".film-99999999-x"
    current = filming.path(tmp_path, "mileage")
    stale.write_bytes(b"x")
    current.write_bytes(b"x")
    left.mkdir()
    with pytest.raises(FilmingFailed, match="nothing-like-it could not be filmed"):
        filming.make("nothing-like-it", tmp_path / "nothing-like-it-000000000000.mp4")
    assert list(tmp_path.iterdir()) == [current], "what was made of another script, or left by a killed program, goes"


def test_one_program_films_at_a_time_and_a_film_that_is_there_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def run(key: str, file: Path) -> None:
        made.append(key)
        other = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(other)
        file.write_bytes(b"a film")

    monkeypatch.setattr(filming, "_run", run)
    file = filming.path(tmp_path, "mileage")
    for _ in range(2):
        filming.make("mileage", file)
    assert made == ["mileage"]


def test_the_first_film_of_the_catalogue_is_made_where_seeding_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIJOU_DATA", str(tmp_path))
    monkeypatch.setattr(filming, "_run", lambda key, file: file.write_text(key))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    filming.first()
    opener = next(catalogue.titles()[0].films()).key
    assert filming.path(tmp_path / "films", opener).read_text() == opener


def test_its_colours_are_those_that_were_painted(tmp_path: Path) -> None:
    patches = ["#c81e1e", "#1ea01e", "#1e3cc8", "#c8a01e", "#808080", "#102030"]
    painted = np.array([canvas.rgb(patch) * 255 for patch in patches])
    strip = np.repeat(np.dstack([painted[None, :, ::-1], np.zeros((1, 6, 1))]), 64, axis=1).repeat(64, axis=0)
    line = [ffmpeg(), "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "384x64", "-i", "-"]
    line += ["-vf", "scale=in_color_matrix=bt709:in_range=tv,format=rgb24", "-f", "rawvideo", "-"]
    shown = subprocess.run(line, input=colour.coded(strip.astype(np.uint8)).tobytes(), capture_output=True, check=True)
    seen = np.frombuffer(shown.stdout, np.uint8).reshape(64, 384, 3)[32, 32::64]
    assert np.abs(seen.astype(float) - painted).max() < 6


def test_a_lens_darkens_the_corners_and_nothing_else() -> None:
    grey = colour.coded(np.full((144, 256, 4), 128, np.uint8))
    black = colour.coded(np.zeros((144, 256, 4), np.uint8))
    seen = colour.vignetted(grey.copy())
    assert seen[72, 128] == grey[72, 128]
    assert 20 < int(grey[0, 0]) - int(seen[0, 0]) < 50
    assert np.abs(seen[144:].astype(int) - 128).max() <= 1, "no colour comes in"
    assert np.abs(colour.vignetted(black).astype(int)[:144] - 16).max() <= 1


def test_what_a_near_layer_hides_is_not_missed() -> None:
    shot = Shot(seconds=4, window=(0.0, 0.3, 0.69), start=(0.36, 0.6, 1.15), end=(0.52, 0.58, 1.2))
    stage, whole = (Stage(Timed(shot=shot, begins=0, scene="mise_en_place")) for _ in range(2))
    assert any(
        row is not None and 0 < row < len(pane.pixels) for row, pane in zip(stage._solid, stage._panes, strict=True)
    )
    whole._solid = [None] * len(whole._panes)
    for seconds in (0.0, 1.9, 4.0):
        one, other = (each.picture(seconds)[..., :3].astype(int) for each in (stage, whole))
        assert np.abs(one - other).max() <= 1


def test_the_film_says_that_its_colours_are_those_of_hd(film: Path) -> None:
    (picture,) = [row for row in streams(film).splitlines() if "Video:" in row]
    assert "bt709, progressive" in picture, "matrix, primaries and transfer"
