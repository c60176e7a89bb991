"""Makes the noises of a film: beds that last (wind, rain, surf, an engine) and single sounds (a bell, a knock, thunder)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.cinema.music import RATE, Sound, note

Array = NDArray[Any]
# Samples of noise until it repeats: what a fast Fourier transform likes, and about 22 seconds.
LOOP = 1 << 20


def _shaped(seconds: float, seed: int, low: float, high: float, slope: float = 0.0) -> Array:
    """Noise between two frequencies, falling by `slope` (1 is pink-like, 2 is brown), at an even loudness.

    After `LOOP` samples it comes again, without a seam.
    """
    count = int(seconds * RATE)
    size = min(1 << (count - 1).bit_length(), LOOP)
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(size).astype(np.float32))
    pitch = np.fft.rfftfreq(size, 1 / RATE)
    curve = (
        1 / (1 + (low / np.maximum(pitch, 1)) ** 4) / (1 + (pitch / high) ** 4) / np.maximum(pitch, 20) ** (slope / 2)
    )
    wave = np.resize(np.fft.irfft(spectrum * curve.astype(np.float32), size), count)
    return (wave / max(1e-9, float(wave.std())) * 0.2).astype(np.float32)


def _swell(seconds: float, seed: int, period: float, least: float) -> Array:
    """A slow wandering between `least` and one."""
    rng = np.random.default_rng(seed)
    knots = least + (1 - least) * rng.random(int(seconds / period) + 3)
    t = np.arange(int(seconds * RATE), dtype=np.float32) / RATE / period
    share = t % 1
    share = share * share * (3 - 2 * share)
    i = t.astype(int)
    return (knots[i] * (1 - share) + knots[i + 1] * share).astype(np.float32)


def _scattered(seconds: float, seed: int, every: float, make: Callable[[np.random.Generator], Array]) -> Array:
    """Many small sounds at random moments."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(seconds * RATE), np.float32)
    at = 0.0
    while (at := at + float(rng.exponential(every))) < seconds - 0.6:
        wave = make(rng)
        start = int(at * RATE)
        out[start : start + len(wave)] += wave[: len(out) - start]
    return out


def _time(seconds: float) -> Array:
    return np.arange(int(seconds * RATE), dtype=np.float32) / RATE


def _ping(pitch: float, seconds: float, dying: float) -> Array:
    t = _time(seconds)
    return (np.sin(2 * np.pi * pitch * t) * np.exp(-dying * t)).astype(np.float32)


def _surf(s: float) -> Array:
    t = _time(s)
    wave = np.clip(np.sin(2 * np.pi * t / 7.3), 0, 1) ** 1.5 * 0.8 + 0.25
    return _shaped(s, 2, 60, 1400, 1.2) * wave.astype(np.float32)


def _rain(s: float) -> Array:
    drops = _scattered(s, 5, 0.03, lambda r: 0.12 * _ping(1800 + 3000 * r.random(), 0.04, 120))
    return _shaped(s, 4, 700, 9000, 0.4) * 0.7 + drops


def _engine(s: float) -> Array:
    t = _time(s)
    turn = 2 * np.pi * (34 * t + 0.6 * np.sin(2 * np.pi * 0.21 * t))
    wave = sum(np.sin(k * turn + k) / k for k in (1, 2, 3, 4, 6))
    return (0.09 * wave + 0.35 * _shaped(s, 8, 40, 500, 1.5)).astype(np.float32)


def _kitchen(s: float) -> Array:
    def clink(r: np.random.Generator) -> Array:
        return 0.22 * float(r.random()) * (_ping(2200 + 2600 * r.random(), 0.3, 22) + _ping(5200, 0.3, 40))

    chops = _scattered(s, 7, 0.5, lambda r: 0.25 * _ping(170 + 60 * r.random(), 0.06, 60))
    return _shaped(s, 9, 2500, 9000, 0.3) * 0.35 * _swell(s, 3, 3, 0.2) + _scattered(s, 6, 0.7, clink) + chops


def _birds(s: float) -> Array:
    def chirp(r: np.random.Generator) -> Array:
        t = _time(0.16)
        phase = 2 * np.pi * ((2400 + 1800 * r.random()) * t + 18 * np.sin(2 * np.pi * 11 * t))
        return (0.10 * r.random() * np.sin(phase) * np.sin(np.pi * t / 0.16)).astype(np.float32)

    return _scattered(s, 12, 0.55, chirp) + _shaped(s, 13, 300, 2500, 1.0) * 0.15


def _drips(s: float) -> Array:
    def drip(r: np.random.Generator) -> Array:
        t = _time(0.12)
        base = 500 + 700 * r.random()
        return (0.3 * np.sin(2 * np.pi * (base * t + 2600 * t * t)) * np.exp(-30 * t)).astype(np.float32)

    return _scattered(s, 14, 0.9, drip)


def _clock(s: float) -> Array:
    out = np.zeros(int(s * RATE), np.float32)
    for k in range(int(s * 2) - 1):
        wave = _ping(1500 if k % 2 else 1900, 0.05, 110) * 0.3
        out[int(k * 0.5 * RATE) :][: len(wave)] += wave
    return out


def _rails(s: float) -> Array:
    out = _shaped(s, 15, 50, 700, 1.4) * 0.6
    for k in range(int(s / 0.92) - 1):
        for shift in (0, 0.13):
            wave = _ping(140, 0.1, 40) * 0.35
            out[int((k * 0.92 + shift) * RATE) :][: len(wave)] += wave
    return out


def _space(s: float) -> Array:
    t = _time(s)
    hum = 0.10 * np.sin(2 * np.pi * 41 * t) + 0.06 * np.sin(2 * np.pi * 61.7 * t) * _swell(s, 16, 4, 0.1)
    return (hum + _shaped(s, 17, 90, 600, 1.5) * 0.25 * _swell(s, 18, 5, 0.3)).astype(np.float32)


def _paper(s: float) -> Array:
    def rustle(r: np.random.Generator) -> Array:
        wave = _shaped(0.25, int(r.integers(999)), 1500, 8000)
        return wave * np.hanning(len(wave)).astype(np.float32) * 0.8

    return _scattered(s, 26, 0.8, rustle)


def _crickets(s: float) -> Array:
    t = _time(s)
    sings = (np.sin(2 * np.pi * 23 * t) > 0.3) * (np.sin(2 * np.pi * 0.9 * t) > -0.2)
    return (0.05 * np.sin(2 * np.pi * 4300 * t) * sings).astype(np.float32)


BEDS: dict[str, Callable[[float], Array]] = {
    "wind": lambda s: _shaped(s, 1, 160, 900, 1.0) * _swell(s, 1, 2.6, 0.15),
    "storm": lambda s: _shaped(s, 21, 90, 1500, 1.2) * _swell(s, 22, 1.7, 0.35),
    "surf": _surf,
    "rain": _rain,
    "engine": _engine,
    "kitchen": _kitchen,
    "birds": _birds,
    "drips": _drips,
    "clock": _clock,
    "rails": _rails,
    "space": _space,
    "crowd": lambda s: _shaped(s, 23, 250, 1800, 0.8) * _swell(s, 24, 2.0, 0.25),
    "hush": lambda s: _shaped(s, 25, 60, 400, 1.4) * 0.5,
    "paper": _paper,
    "crickets": _crickets,
}  # fmt: skip


def _thunder() -> Array:
    t = _time(3.2)
    return _shaped(3.2, 31, 30, 320, 1.8) * 3.2 * (np.exp(-1.3 * t) * np.clip(t / 0.03, 0, 1)).astype(np.float32)


def _horn() -> Array:
    return np.concatenate([note("brass", 38, 1.7) + note("brass", 45, 1.7) * 0.6]) * 0.7


def _knock() -> Array:
    out = np.zeros(int(1.0 * RATE), np.float32)
    for at in (0.0, 0.22, 0.44):
        wave = _ping(120, 0.18, 28) * 0.8 + _ping(310, 0.18, 45) * 0.3
        out[int(at * RATE) :][: len(wave)] += wave
    return out


def _phone() -> Array:
    t = _time(1.6)
    ring = (np.sin(2 * np.pi * 1250 * t) + np.sin(2 * np.pi * 1660 * t)) * (np.sin(2 * np.pi * 21 * t) > 0)
    return (0.2 * ring * (((t % 0.8) < 0.55) * 1.0)).astype(np.float32)


def _crowd() -> Array:
    t = _time(3.0)
    return _shaped(3.0, 33, 400, 2600, 0.5) * 1.6 * (np.sin(np.pi * t / 3.0) ** 0.7).astype(np.float32)


def _glide(start: float, end: float, seconds: float, dying: float = 0.0) -> Array:
    t = _time(seconds)
    phase = 2 * np.pi * (start * t + (end - start) * t * t / (2 * seconds))
    return (0.5 * np.sin(phase) * np.sin(np.pi * t / seconds) ** 0.5 * np.exp(-dying * t)).astype(np.float32)


EVENTS: dict[str, Callable[[], Array]] = {
    "thunder": _thunder,
    "horn": _horn,
    "knock": _knock,
    "phone": _phone,
    "cheer": _crowd,
    "bell": lambda: note("bell", 69, 1.6) * 0.8,
    "tram bell": lambda: np.concatenate([note("bell", 84, 0.3)[: int(0.25 * RATE)], note("bell", 84, 1.2)]) * 0.8,
    "desk bell": lambda: note("musicbox", 96, 1.0) * 0.7,
    "whistle": lambda: _glide(2300, 2350, 0.7) * 0.5,
    "creak": lambda: (_glide(180, 420, 1.1) * np.sign(np.sin(2 * np.pi * 38 * _time(1.1)))).astype(np.float32) * 0.3,
    "thud": lambda: _ping(62, 0.6, 9) * 0.9,
    "clang": lambda: note("bell", 57, 1.2) * 0.8,
    "swoosh": lambda: _shaped(0.9, 35, 500, 5000) * np.hanning(int(0.9 * RATE)).astype(np.float32) * 1.2,
    "ding": lambda: note("glass", 88, 1.0) * 0.6,
    "sonar": lambda: note("glass", 76, 2.4) * 0.7,
    "deep": lambda: note("drone", 28, 2.4) * 0.9,
    "tear": lambda: _shaped(1.0, 36, 1800, 9000) * np.linspace(1, 0.1, int(RATE)).astype(np.float32) * 0.9,
    "kick": lambda: _ping(85, 0.3, 18) * 0.9,
    "beep": lambda: _ping(990, 0.12, 3) * 0.4,
    "cello": lambda: note("cello", 43, 2.6) * 0.8,
    "chirp": lambda: (
        np.concatenate([_glide(2600, 3400, 0.12), _glide(3100, 2500, 0.14), _glide(2700, 3600, 0.12)]) * 0.5
    ),
    "typing": lambda: _scattered(1.8, 38, 0.11, lambda r: 0.4 * _ping(900 + 500 * r.random(), 0.04, 90)),
}


def bed(kinds: dict[str, float], seconds: float) -> Sound:
    """The beds of a film together, the two ears a little apart."""
    out = np.zeros((2, int(seconds * RATE)), np.float32)
    for kind, gain in kinds.items():
        wave = BEDS[kind](seconds) * gain
        out[0] += wave
        out[1] += np.roll(wave, int(0.011 * RATE))
    return out
