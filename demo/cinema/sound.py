"""Mixes a film's sound: score, beds, single sounds and, where robots talk, one track for each language."""

from __future__ import annotations

import re
import subprocess
import wave
from pathlib import Path

import numpy as np

from demo.cinema import foley, music
from demo.cinema.music import RATE, Sound, Tape
from demo.cinema.script import LANGUAGES, Reel, Score, read
from demo.cinema.tools import ffmpeg

# What the transcoder wants, so that it has nothing to limit.
TARGET = -16.0
PEAK = 0.76


def tracks(reel: Reel) -> dict[str, Sound]:
    """The film's sound tracks by language; `und` where nobody speaks."""
    common = _common(reel)
    if not reel.script.spoken:
        return {"und": common}
    return {language: _spoken(reel, common, language) for language in LANGUAGES}


def _common(reel: Reel) -> Sound:
    tape = Tape(reel.seconds)
    tape.sound += music.play(reel.script.score, reel.seconds)[:, : tape.sound.shape[1]]
    if reel.intro:
        _opening(tape, *reel.intro)
    tape.sound += foley.bed(reel.script.score.beds, reel.seconds)[:, : tape.sound.shape[1]]
    for timed in reel.shots:
        for number, (kind, at) in enumerate(timed.shot.sounds):
            tape.put(foley.EVENTS[kind](), timed.begins + at, 0.5, 0.4 * (-1) ** number)
    fade = np.clip(np.arange(tape.sound.shape[1])[::-1] / RATE / 1.5, 0, 1).astype(np.float32)
    return tape.sound * fade


def _opening(tape: Tape, begins: float, ends: float) -> None:
    """The series' own tune takes the place of the episode's while its intro runs."""
    t = np.arange(tape.sound.shape[1], dtype=np.float32) / RATE
    away = np.clip(np.maximum(begins - t, t - ends) / 0.4, 0, 1)
    tape.sound *= away
    tune = music.play(Score.model_validate(read("intro")["score"]), ends - begins, bars_before=0)
    start = int(begins * RATE)
    tape.sound[:, start : start + tune.shape[1]] += tune[:, : tape.sound.shape[1] - start]


def _spoken(reel: Reel, common: Sound, language: str) -> Sound:
    from demo.cinema.voice import speaker

    said = Tape(reel.seconds)
    for begins, _, line in reel.lines():
        if line.voice:
            voice, pitch, pace = reel.script.spoken[line.voice][language]
            words = speaker().say(line.en if language == "en" else line.de, voice, pitch, pace)
            said.put(words, begins, 0.9, -0.25 if line.voice == min(reel.script.spoken) else 0.25)
    loud = np.abs(said.sound).max(axis=0)
    smooth = np.convolve(loud[::480], np.hanning(40) / 8, "same")
    duck = 1 - 0.55 * np.clip(np.interp(np.arange(len(loud)), np.arange(len(smooth)) * 480, smooth) * 3, 0, 1)
    return (common * duck.astype(np.float32) + said.sound * 0.8).astype(np.float32)


def write(sound: Sound, file: Path) -> float:
    """Writes a track as WAV at the loudness all films share, without clipping; returns its loudness in LUFS."""
    for _ in range(3):
        _wav(sound, file)
        found = loudness(file)
        if abs(found - TARGET) < 0.5:
            break
        sound = _limited(sound * 10 ** ((TARGET - found) / 20))
    return found


def _limited(sound: Sound) -> Sound:
    """Bends what would be too loud instead of cutting it."""
    over = np.abs(sound) > PEAK * 0.6
    bent = np.sign(sound) * PEAK * (0.6 + 0.4 * np.tanh((np.abs(sound) / PEAK - 0.6) / 0.4))
    return np.where(over, bent, sound).astype(np.float32)


def _wav(sound: Sound, file: Path) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(sound, -1, 1).T * 32767).astype("<i2").tobytes())


def loudness(file: Path) -> float:
    """The integrated loudness of a file's first sound track (EBU R 128)."""
    line = [ffmpeg(), "-hide_banner", "-nostats", "-i", str(file), "-map", "0:a:0"]
    line += ["-vn", "-af", "ebur128=framelog=quiet", "-f", "null", "-"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
