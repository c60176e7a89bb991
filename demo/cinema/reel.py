"""Films a script: its pictures in several pieces at once, then sound and captions beside them.

The file appears whole or not at all.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import cv2

from demo.cinema import captions, colour, sound, titles
from demo.cinema.script import LANGUAGES, Reel, Timed
from demo.cinema.stage import HEIGHT, WIDTH, Picture, Stage
from demo.cinema.tools import ffmpeg

RATE = 24
DISSOLVE, BLACK = 1.0, 0.5
ISO = {"en": "eng", "de": "deu", "und": "und"}


class FilmingFailed(RuntimeError):
    """ffmpeg did not make the film; its last words are in the message."""


@dataclass(frozen=True)
class Filming:
    """One film to be made: its reel, and what its title and its credits say."""

    reel: Reel
    name: str
    directors: tuple[str, ...]
    cast: tuple[str, ...]

    def stage(self, timed: Timed) -> Stage:
        """A shot with what is written on it."""
        shot = timed.shot
        if shot.title:
            return Stage(timed, (titles.opening(timed.scene, self.reel.script.lettering, shot.seconds),))
        if shot.card:
            return Stage(timed, (titles.card(shot.card.format(name=self.name), shot.seconds),))
        if shot.credits:
            return Stage(timed, titles.credits(self.name, self.directors, self.cast, shot.seconds))
        return Stage(timed)

    def pictures(self, first: int = 0, last: int | None = None) -> Iterator[Picture]:
        """Every picture of the shots from `first` up to `last`, cuts and dissolves done. Each is good until the next."""
        shots = self.reel.shots
        before = self.stage(shots[first - 1]) if first and shots[first].shot.join == "dissolve" else None
        for number in range(first, len(shots) if last is None else last):
            stage = self.stage(shots[number])
            for t, light in _moments(shots, number):
                picture = stage.picture(t)
                if before and t < DISSOLVE and stage.shot.join == "dissolve":
                    old = before.picture(before.shot.seconds + t)
                    picture = cv2.addWeighted(picture, t / DISSOLVE, old, 1 - t / DISSOLVE, 0)
                yield picture if light >= 1 else cv2.convertScaleAbs(picture, alpha=max(0.0, light))
            before = stage

    def make(self, output: Path) -> None:
        """Makes the whole film as `output`."""
        # Each piece has its core; and threads that OpenCV had begun here would be missing in the pieces.
        cv2.setNumThreads(1)
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".film-{os.getpid()}-", dir=output.parent) as folder:
            here = Path(folder)
            parts = pieces(self.reel, len(os.sched_getaffinity(0)))
            # Forked: starting anew they would spend a second each on what is imported here already.
            with ProcessPoolExecutor(len(parts), mp_context=get_context("fork")) as pool:
                jobs = [pool.submit(film_piece, self, first, last, here) for first, last in parts]
                inputs, kept = self._beside(here)
                names = [job.result() for job in jobs]
            (here / "pieces.txt").write_text("".join(f"file {name}\n" for name in names), encoding="utf-8")
            line = [
                "-f", "concat", "-safe", "1", "-i", "pieces.txt", *inputs, "-map", "0:v", *kept,
                "-c:v", "copy", "-c:a", "flac", "-c:s", "mov_text", "-t", f"{self.reel.seconds:.3f}",
                "-movflags", "+faststart", "film.mp4",
            ]  # fmt: skip
            self._run(line, here)
            (here / "film.mp4").replace(output)

    def _run(self, options: list[str], folder: Path) -> None:
        done = subprocess.run([*_quiet(), *options], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            raise FilmingFailed(f"{self.name}: ffmpeg ended with {done.returncode}: {done.stderr.strip()[-800:]}")

    def _beside(self, folder: Path) -> tuple[list[str], list[str]]:
        """Sound tracks and captions as files, and what ffmpeg is told about them."""
        inputs: list[str] = []
        kept: list[str] = []
        tracks = sound.tracks(self.reel)
        for number, (language, track) in enumerate(tracks.items()):
            sound.write(track, folder / f"{language}.wav")
            inputs += ["-i", f"{language}.wav"]
            kept += ["-map", f"{1 + number}:a", f"-metadata:s:a:{number}", f"language={ISO[language]}"]
        for number, language in enumerate(LANGUAGES):
            (folder / f"{language}.srt").write_text(captions.subrip(self.reel, language), encoding="utf-8")
            inputs += ["-i", f"{language}.srt"]
            kept += ["-map", f"{1 + len(tracks) + number}:s", f"-metadata:s:s:{number}", f"language={ISO[language]}"]
        return inputs, kept


def _quiet() -> list[str]:
    return [ffmpeg(), "-hide_banner", "-loglevel", "error", "-y"]


def _moments(shots: Sequence[Timed], number: int) -> Iterator[tuple[float, float]]:
    """The seconds of a shot's pictures, and how bright each is where the film goes to black or comes from it."""
    timed = shots[number]
    first, last = round(timed.begins * RATE), round((timed.begins + timed.shot.seconds) * RATE)
    rises = number == 0 or timed.shot.join == "black"
    falls = number + 1 == len(shots) or shots[number + 1].shot.join == "black"
    for frame in range(first, last):
        up = (frame - first + 0.5) / RATE / BLACK if rises else 1.0
        down = (last - frame - 1) / RATE / BLACK if falls else 1.0
        yield (frame - first) / RATE, min(up, down, 1.0)


def pieces(reel: Reel, many: int) -> list[tuple[int, int]]:
    """Parts the shots into about equally long runs, at cuts rather than at dissolves."""
    ends = [number for number, timed in enumerate(reel.shots) if number and timed.shot.join != "dissolve"]
    edges = {0, len(reel.shots)}
    for part in range(1, many):
        if ends:
            edges.add(min(ends, key=lambda number: abs(reel.shots[number].begins - reel.seconds * part / many)))
    order = sorted(edges)
    return list(pairwise(order))


def film_piece(filming: Filming, first: int, last: int, folder: Path) -> str:
    """Films some shots into a file of their own in `folder` and returns its name."""
    parent = os.getppid()
    name = f"piece{first:02d}.mp4"
    line = [
        *_quiet(), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
        # As good as lossless, and the cheapest both to write and to read: every picture for itself, at half the work.
        "-c:v", "mpeg2video", "-q:v", "3", "-g", "1", "-threads", "1",
        "-bsf:v", "mpeg2_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1",
        "-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-video_track_timescale", str(RATE * 512), name,
    ]  # fmt: skip
    with (folder / f"{name}.log").open("w+b") as said:
        child = subprocess.Popen(line, cwd=folder, stdin=subprocess.PIPE, stderr=said)
        assert child.stdin is not None
        try:
            for picture in filming.pictures(first, last):
                if os.getppid() != parent:
                    raise FilmingFailed(f"{filming.name}: who asked for it is gone")
                child.stdin.write(colour.vignetted(colour.coded(picture)).data)
            child.stdin.close()
            status = child.wait()
        except BrokenPipeError:
            status = child.wait() or 1
        finally:
            child.kill()
        if status:
            said.seek(0)
            words = said.read()[-800:].decode(errors="replace")
            raise FilmingFailed(f"{filming.name}: ffmpeg ended with {status}: {words}")
    return name
