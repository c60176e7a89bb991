"""Speaks the lines of robots, with the small synthesiser espeak-ng: it sounds like what it is, which is why only robots talk."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

from demo.cinema.music import RATE, Sound

_UTF8, _SYNCHRONOUS, _RATE, _PITCH = 1, 2, 1, 3
_Heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Speaker:
    """One synthesiser for the whole program: the library has a single state."""

    def __init__(self) -> None:
        import espeakng_loader

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        where = str(espeakng_loader.get_data_path()).encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, where, 0)
        self._parts: list[Sound] = []
        self._heard = _Heard(self._hear)
        self._library.espeak_SetSynthCallback(self._heard)

    def _hear(self, wave: ctypes._Pointer[ctypes.c_short], count: int, events: int) -> int:
        if count > 0:
            self._parts.append(np.ctypeslib.as_array(wave, (count,)).astype(np.float32) / 32768)
        return 0

    def say(self, text: str, voice: str, pitch: int, pace: int) -> Sound:
        """A sentence as a mono wave at the film's rate; `pace` in words a minute, `pitch` from 0 to 99."""
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(_RATE, pace, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        said = text.encode() + b"\0"
        self._library.espeak_Synth(said, ctypes.c_size_t(len(said)), 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        wave = np.concatenate(self._parts) if self._parts else np.zeros(1, np.float32)
        self._parts.clear()
        at = np.arange(0, len(wave), self._rate / RATE)
        return np.interp(at, np.arange(len(wave)), wave).astype(np.float32)


@cache
def speaker() -> Speaker:
    """The synthesiser, started when something is first said."""
    return Speaker()
