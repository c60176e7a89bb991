"""A model as bytes: NumPy's own format without pickles, so that reading one never runs anything, and all of it checked.

A sequence model is an ONNX file inside it: one file, one checksum, one thing to exchange and to go back to.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.recommendation.engine.model import Following, Model, Part
from services.recommendation.engine.sequence.answering import BrokenNetwork, Network, able

# The second has parts of another kind, and may have a sequence model. Who knows the first alone refuses it, and goes on with
# what it had.
FIRST, FORMAT = 1, 2


class BrokenModel(ValueError):
    """This is no model, or not the one it should be."""


def packed(model: Model) -> bytes:
    """The model as a file."""
    about = {
        "format": FORMAT,
        "version": model.version,
        "parts": [
            {
                "name": part.name, "decay": part.decay, "longest": part.longest, "chances": part.chances,
                "spread": part.spread,
            }
            for part in model.parts
        ],
    }  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "titles": np.frombuffer(b"".join(title.bytes for title in model.titles), np.uint8).reshape(-1, 16),
        "shares": model.shares,
        "told": model.told,
    }
    for number, part in enumerate(model.parts):
        arrays[f"links{number}"], arrays[f"weights{number}"] = part.links, part.weights
    if model.following is not None:
        arrays["sequence"] = np.frombuffer(model.following.data, np.uint8)
        arrays["told_with_sequence"] = model.following.told
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def digest(data: bytes) -> str:
    """What a file is known by."""
    return hashlib.sha256(data).hexdigest()


def unpacked(data: bytes, expected: str) -> Model:
    """The model in a file. Raises `BrokenModel` where it is damaged, another one, or none."""
    if digest(data) != expected:
        raise BrokenModel("the file is not what was stored: its checksum differs")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return _checked({name: file[name] for name in file.files})
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BrokenModel(f"the file is no model: {error}") from error


def _checked(arrays: dict[str, NDArray[Any]]) -> Model:
    about = json.loads(arrays["about"].tobytes())
    if about["format"] not in (FIRST, FORMAT):
        raise BrokenModel(f"its format is {about['format']}, and {FIRST} and {FORMAT} are understood")
    titles = tuple(UUID(bytes=row.tobytes()) for row in arrays["titles"])
    parts = tuple(
        Part(
            str(told["name"]), float(told["decay"]), int(told["longest"]), bool(told["chances"]),
            arrays[f"links{number}"], arrays[f"weights{number}"], bool(told.get("spread", False)),
        )
        for number, told in enumerate(about["parts"])
    )  # fmt: skip
    following = _following(arrays, len(titles)) if "sequence" in arrays else None
    model = Model(str(about["version"]), titles, arrays["shares"], parts, arrays["told"], following)
    size = len(titles)
    if not size or len(set(titles)) != size:
        raise BrokenModel("it has no titles, or one twice")
    if model.shares.ndim != 2 or model.shares.shape[1] != size:
        raise BrokenModel("its popularity is not of its titles")
    kinds = len(parts) + len(model.shares)
    if model.told.shape != (kinds,) or (following is not None and following.told.shape != (kinds + 1,)):
        raise BrokenModel("its ranker is not of its parts")
    for part in parts:
        whole = part.links.dtype == np.int32 and part.weights.dtype == np.float32
        if not whole or part.links.shape != part.weights.shape or part.links.ndim != 2 or len(part.links) != size:
            raise BrokenModel(f"{part.name}: its links are not of its titles")
        if part.links.size and not 0 <= part.links.min() <= part.links.max() < size:
            raise BrokenModel(f"{part.name}: it links to titles that it does not have")
    counted = [] if following is None else [following.told]
    if not all(np.isfinite(n).all() for n in (model.shares, model.told, *counted, *(part.weights for part in parts))):
        raise BrokenModel("it has numbers that are none")
    return model


def _following(arrays: dict[str, NDArray[Any]], titles: int) -> Following:
    data = arrays["sequence"].tobytes()
    try:
        network = Network(data, titles) if able() else None
    except BrokenNetwork as error:
        raise BrokenModel(f"its sequence model is none: {error}") from error
    return Following(data, arrays["told_with_sequence"], network)
