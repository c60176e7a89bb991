"""Plays a film's score: chords and a melody in a small notation, on instruments made of sines and noise.

A chord is a root and a kind (`Dm`, `Bb`, `F#m7`, `Cmaj7`, `G7`, `Asus`, `E5`), one a bar. A melody is notes with their
length in beats, `D5:2 F5:1 -:1`; bars may be parted by `|`. Both go round until the film ends.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.cinema.script import Score

RATE = 48_000
Sound = NDArray[Any]
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KINDS = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11), "dim": (0, 3, 6),
    "sus": (0, 5, 7), "add9": (0, 4, 7, 14), "m9": (0, 3, 7, 14), "5": (0, 7, 12), "6": (0, 4, 7, 9),
}  # fmt: skip
_NOTE = re.compile(r"^([A-G])([#b]?)(-?\d)$")
_CHORD = re.compile(r"^([A-G])([#b]?)(.*)$")


def pitch(name: str) -> int:
    """The MIDI number of `"A4"`."""
    match = _NOTE.match(name)
    if not match:
        raise ValueError(f"{name} is not a note")
    letter, sign, octave = match.groups()
    return 12 * (int(octave) + 1) + _STEPS[letter] + {"#": 1, "b": -1, "": 0}[sign]


def chord(name: str) -> tuple[int, ...]:
    """The MIDI numbers of a chord around middle C."""
    match = _CHORD.match(name)
    if not match or match.group(3) not in _KINDS:
        raise ValueError(f"{name} is not a chord")
    root = 48 + (_STEPS[match.group(1)] + {"#": 1, "b": -1, "": 0}[match.group(2)]) % 12
    return tuple(root + step for step in _KINDS[match.group(3)])


def melody(text: str) -> list[tuple[int | None, float]]:
    """Notes and rests with their lengths in beats."""
    found: list[tuple[int | None, float]] = []
    for word in text.replace("|", " ").split():
        name, _, beats = word.partition(":")
        found.append((None if name == "-" else pitch(name), float(beats or 1)))
    return found


# Each partial: its multiple of the pitch, its strength, and how fast it dies (per second; 0 stays).
_VOICES: dict[str, tuple[tuple[tuple[float, float, float], ...], float, float, float]] = {
    # name: partials, attack, release, vibrato
    "piano": (((1, 1, 1.6), (2, 0.5, 2.4), (3, 0.26, 3.4), (4, 0.14, 4.5), (5.02, 0.08, 6), (7.05, 0.03, 9)), 0.004, 0.25, 0),
    "guitar": (((1, 1, 2.2), (2, 0.7, 3), (3, 0.45, 4.2), (4, 0.25, 6), (5, 0.16, 8), (6, 0.1, 10)), 0.003, 0.12, 0),
    "pluck": (((1, 1, 4), (2, 0.4, 6), (3, 0.3, 9), (5, 0.1, 14)), 0.002, 0.08, 0),
    "musicbox": (((1, 1, 3), (3.0, 0.35, 6), (5.4, 0.22, 9), (8.9, 0.08, 14)), 0.001, 0.3, 0),
    "bell": (((0.5, 0.4, 0.7), (1, 1, 1), (1.19, 0.5, 1.4), (2, 0.5, 1.8), (2.74, 0.3, 2.6), (3.76, 0.2, 4)), 0.002, 0.8, 0),
    "glass": (((1, 1, 0.9), (2.32, 0.3, 1.8), (4.25, 0.16, 3)), 0.03, 0.7, 0.1),
    "strings": (((1, 1, 0), (2, 0.5, 0), (3, 0.33, 0), (4, 0.2, 0), (5, 0.12, 0), (6, 0.07, 0)), 0.35, 0.5, 0.35),
    "cello": (((1, 1, 0), (2, 0.7, 0), (3, 0.4, 0), (4, 0.3, 0), (5, 0.14, 0), (7, 0.06, 0)), 0.09, 0.22, 0.5),
    "choir": (((1, 1, 0), (2, 0.35, 0), (3, 0.12, 0), (4, 0.16, 0)), 0.6, 0.8, 0.5),
    "organ": (((0.5, 0.5, 0), (1, 1, 0), (2, 0.5, 0), (3, 0.2, 0), (4, 0.25, 0), (8, 0.06, 0)), 0.05, 0.2, 0),
    "accordion": (((1, 1, 0), (2, 0.6, 0), (3, 0.55, 0), (4, 0.3, 0), (5, 0.26, 0), (7, 0.12, 0)), 0.05, 0.1, 0.15),
    "clarinet": (((1, 1, 0), (3, 0.5, 0), (5, 0.22, 0), (7, 0.1, 0), (2, 0.06, 0)), 0.05, 0.1, 0.2),
    "flute": (((1, 1, 0), (2, 0.25, 0), (3, 0.08, 0)), 0.07, 0.14, 0.45),
    "whistle": (((1, 1, 0), (2, 0.05, 0)), 0.05, 0.1, 0.9),
    "bass": (((1, 1, 0.9), (2, 0.35, 2), (3, 0.1, 4)), 0.008, 0.1, 0),
    "drone": (((1, 1, 0), (2, 0.4, 0), (3, 0.16, 0), (4.01, 0.08, 0)), 1.2, 1.4, 0),
    "synth": (((1, 1, 0), (2, 0.5, 0), (3, 0.33, 0), (4, 0.25, 0), (5, 0.2, 0), (6, 0.16, 0), (7, 0.14, 0)), 0.02, 0.15, 0.2),
    "brass": (((1, 1, 0), (2, 0.8, 0), (3, 0.6, 0), (4, 0.4, 0), (5, 0.22, 0), (6, 0.12, 0)), 0.06, 0.12, 0.25),
}  # fmt: skip


@lru_cache(maxsize=512)
def note(instrument: str, midi: int, seconds: float) -> Sound:
    """One note, mono, with its release after `seconds`."""
    partials, attack, release, vibrato = _VOICES[instrument]
    count = int((seconds + release) * RATE)
    t = np.arange(count, dtype=np.float32) / RATE
    base = 440 * 2 ** ((midi - 69) / 12)
    wobble = (
        vibrato * 0.004 * np.sin(2 * np.pi * 5.2 * t) * np.clip(t / 0.5, 0, 1) / (2 * np.pi * 5.2) if vibrato else 0
    )
    wave = np.zeros(count, np.float32)
    for multiple, strength, dying in partials:
        if base * multiple > 15_000:
            continue
        phase = 2 * np.pi * base * multiple * (t + wobble)
        wave += strength * np.sin(phase) * (np.exp(-dying * t) if dying else 1)
    wave /= sum(strength for _, strength, _ in partials) ** 0.7
    rise = np.clip(t / attack, 0, 1)
    fall = np.clip((seconds + release - t) / release, 0, 1)
    return (wave * rise * fall * fall).astype(np.float32)


class Tape:
    """Two channels of a film's length that sounds are put on."""

    def __init__(self, seconds: float) -> None:
        self.sound: Sound = np.zeros((2, int(seconds * RATE)), np.float32)

    def put(self, wave: Sound, at: float, gain: float, pan: float = 0.0) -> None:
        """Adds a mono wave at a second; `pan` from -1 (left) to 1."""
        start = int(at * RATE)
        part = wave[: max(0, self.sound.shape[1] - start)]
        if start < 0 or not len(part):
            return
        angle = (pan + 1) * np.pi / 4
        self.sound[0, start : start + len(part)] += part * (gain * np.cos(angle) * 1.41)
        self.sound[1, start : start + len(part)] += part * (gain * np.sin(angle) * 1.41)


def play(score: Score, seconds: float, bars_before: int = 2) -> Sound:
    """The whole score: two bars of chords, the melody, then the melody again with its answer, and a last long chord."""
    tape = Tape(seconds)
    beat = 60 / score.tempo
    bar = beat * score.beats
    chords = [chord(name) for name in score.chords.split()]
    last = max(1, int((seconds - 2) / bar))
    for n in range(last):
        tones = chords[n % len(chords)]
        _accompany(tape, score, tones, n * bar, bar if n < last - 1 else seconds - n * bar - 0.5, n)
    _sing(tape, score, bars_before * bar, (last - 1) * bar, beat)
    final = chords[0]
    tape.put(note(score.lead, final[0] + 24, 2.0), (last - 1) * bar, 0.16)
    return _echoed(tape.sound)


def _accompany(tape: Tape, score: Score, tones: tuple[int, ...], at: float, bar: float, number: int) -> None:
    beat = 60 / score.tempo
    rng = np.random.default_rng(number)
    for k, tone in enumerate(tones):
        tape.put(note(score.pad, tone + (12 if k == 1 else 0), round(bar, 3)), at, 0.075, (-0.6, 0.5, 0.1, 0.7)[k % 4])
    if score.bass:
        steps = (0, 2) if score.beats == 4 else (0,)
        for k in steps:
            low = tones[0] - 12 + (7 if k and number % 2 else 0)
            tape.put(note(score.bass, low, beat * 1.4), at + k * beat, 0.26)
    figure = {"arpeggio": 2, "waltz": 1, "tick": 1, "strum": 1, "march": 1, "brush": 2}.get(score.pulse)
    if not figure:
        return
    for k in range(int(bar / beat + 0.01) * figure):
        when = at + k * beat / figure + rng.normal(0, 0.004)
        if score.pulse == "arpeggio":
            up = sorted((*tones, tones[0] + 12))
            tape.put(note("pluck", up[(k * 3 + number) % len(up)] + 12, 0.3), max(0, when), 0.10, 0.6 * np.sin(k * 1.3))
        elif score.pulse == "waltz" and k % score.beats:
            for tone in tones[1:3]:
                tape.put(note("guitar", tone + 12, 0.25), max(0, when), 0.075, 0.3)
        elif score.pulse == "strum" and k % 2 == 1:
            for j, tone in enumerate(tones):
                tape.put(note("guitar", tone + 12, 0.35), max(0, when) + 0.012 * j, 0.07, -0.35)
        elif score.pulse == "tick":
            tape.put(_drum("tick"), max(0, when), 0.16 if k % 2 else 0.22, 0.35)
        elif score.pulse == "march":
            tape.put(_drum("kick" if k % 2 == 0 else "snare"), max(0, when), 0.30)
        elif score.pulse == "brush":
            tape.put(_drum("brush"), max(0, when), 0.16 if k % 2 else 0.09, 0.2)


@lru_cache
def _drum(kind: str) -> Sound:
    t = np.arange(int(0.3 * RATE), dtype=np.float32) / RATE
    noise = np.random.default_rng(3).standard_normal(len(t)).astype(np.float32)
    match kind:
        case "kick":
            wave = np.sin(2 * np.pi * (52 * t + 9 * (1 - np.exp(-30 * t)))) * np.exp(-11 * t)
        case "snare":
            wave = 0.35 * noise * np.exp(-22 * t) + 0.3 * np.sin(2 * np.pi * 190 * t) * np.exp(-25 * t)
        case "brush":
            wave = 0.5 * np.diff(noise, prepend=0) * np.exp(-26 * t)
        case _:
            wave = np.sin(2 * np.pi * 2100 * t) * np.exp(-120 * t) + 0.3 * noise * np.exp(-200 * t)
    return np.asarray(wave, np.float32)


def _sing(tape: Tape, score: Score, begins: float, ends: float, beat: float) -> None:
    """The melody; every second time round its answer plays it an octave lower, or both together the third time."""
    notes = melody(score.melody)
    at, turn = begins, 0
    length = sum(beats for _, beats in notes) * beat
    while length and at < ends:
        players = [(score.lead, 0, 0.24, -0.15)]
        if score.answer and turn % 3:
            players = [(score.answer, -12 if turn % 3 == 1 else 0, 0.22, 0.25)] + (players if turn % 3 == 2 else [])
        when = at
        for midi, beats in notes:
            if midi is not None and when < ends:
                for instrument, shift, gain, pan in players:
                    tape.put(note(instrument, midi + shift, round(beats * beat * 0.95, 3)), when, gain, pan)
            when += beats * beat
        at, turn = at + length, turn + 1


def _echoed(sound: Sound, wet: float = 0.22) -> Sound:
    """In a room: the same sound again through two seconds of decaying noise."""
    rng = np.random.default_rng(11)
    t = np.arange(int(1.6 * RATE), dtype=np.float32) / RATE
    count = 1 << (sound.shape[1] + len(t) - 1).bit_length()
    out = sound.copy()
    for channel in (0, 1):
        room = (rng.standard_normal(len(t)) * np.exp(-3.6 * t)).astype(np.float32)
        room /= np.sqrt((room**2).sum())
        both = np.fft.irfft(np.fft.rfft(sound[channel], count) * np.fft.rfft(room, count), count)
        out[channel] += wet * both[: sound.shape[1]].astype(np.float32)
    return out
