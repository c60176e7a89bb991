"""The ready questions: Spark SQL in `questions/`, each with the sentence it answers in its first line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "questions"


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    about: str
    sql: str


def questions() -> dict[str, Question]:
    """Return every question by its name."""
    found = {}
    for path in sorted(FOLDER.glob("*.sql")):
        first, _, sql = path.read_text().partition("\n")
        found[path.stem] = Question(path.stem, first.removeprefix("-- "), sql)
    return found
