"""Cuts a trailer from a film that is made: seconds of its shots in their order, then its title, over the last of its score."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from demo.cinema.reel import RATE, FilmingFailed
from demo.cinema.script import Reel, Timed
from demo.cinema.tools import ffmpeg

SHOTS = 5
SHOT, TITLE = 2.75, 4.0
# A dissolve is over by then, and lettering is about to come. As the others a whole number of pictures.
SETTLED = 1.125
FADE = 0.6
Cut = tuple[float, float]


def cuts(reel: Reel) -> list[Cut]:
    """What of the film is seen, as (from, seconds): parts of shots spread over the whole of it, the one with its title last."""
    telling = [timed for timed in reel.shots if not (timed.shot.title or timed.shot.card or timed.shot.credits)]
    titles = [timed for timed in reel.shots if timed.shot.title]
    chosen = _spread([timed for timed in telling if timed.shot.seconds >= SETTLED + SHOT] or telling)
    return [_part(timed, SHOT) for timed in chosen] + [_part(timed, TITLE) for timed in titles[:1]]


def _spread(shots: Sequence[Timed]) -> list[Timed]:
    many = min(SHOTS, len(shots))
    return [shots[(2 * number + 1) * len(shots) // (2 * many)] for number in range(many)]


def _part(timed: Timed, seconds: float) -> Cut:
    length = min(seconds, timed.shot.seconds)
    return timed.begins + min(SETTLED, timed.shot.seconds - length), length


def command(film: Path, reel: Reel, output: Path) -> list[str]:
    """What cuts the trailer of `film`, laid out by `reel`, into `output`."""
    seen = cuts(reel)
    seconds = sum(length for _, length in seen)
    # The score as it rises to the end, which the credits follow.
    heard = max(0.0, reel.credits_start - seconds)
    inputs = [
        word
        for begins, length in (*seen, (heard, seconds))
        for word in ("-ss", f"{begins:.3f}", "-t", f"{length:.3f}", "-i", str(film))
    ]
    pictures = "".join(f"[{number}:v:0]" for number in range(len(seen)))
    chain = (
        f"{pictures}concat=n={len(seen)}:v=1,fade=t=in:d={FADE},fade=t=out:st={seconds - FADE:.3f}:d={FADE}[v];"
        f"[{len(seen)}:a:0]afade=t=in:d={FADE},afade=t=out:st={seconds - 2 * FADE:.3f}:d={2 * FADE}[a]"
    )
    return [
        ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", *inputs, "-filter_complex", chain, "-map", "[v]", "-map", "[a]",
        "-map_metadata", "-1", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", str(RATE * 2),
        "-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
        "-c:a", "aac", "-b:a", "160k", "-t", f"{seconds:.3f}", "-movflags", "+faststart", "-f", "mp4", str(output),
    ]  # fmt: skip


def cut(film: Path, reel: Reel, output: Path) -> None:
    """Cuts the trailer of `film` as `output`, which appears whole or not at all. Raises `FilmingFailed`."""
    part = output.with_suffix(".part")
    done = subprocess.run(command(film, reel, part), capture_output=True, text=True, check=False)
    if done.returncode:
        part.unlink(missing_ok=True)
        raise FilmingFailed(f"The trailer of {film.name} could not be cut: {done.stderr.strip()[-800:]}")
    part.replace(output)
