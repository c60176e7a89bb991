"""What mails say: their texts in English and German, and the house's look around them.

Nothing that somebody chose themselves is in a mail, but for what a browser calls itself: an address can be registered by
who does not own it, and a name would be a stranger's text under our letterhead.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

HERE = Path(__file__).parent
LANGUAGES = ("en", "de")
# Kind of mail → what its link is good for; the page that the link opens is the app's.
LINKS = {"verify": "verify", "change": "change", "reset": "reset", "blocked": "unlock"}
PAGES = {"verify": "/verify", "change": "/verify", "reset": "/reset", "unlock": "/sign-in"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, ready to be handed in: two forms of one text."""

    subject: str
    text: str
    html: str


@cache
def texts(language: str) -> dict[str, Any]:
    """Return the texts of a language: `house` for all mails, and those of each kind under its name."""
    return tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # A template ends where it ends: nobody reads the last empty line of a mail.
        keep_trailing_newline=False,
    )


def language_of(tag: str) -> str:
    """Return the language of mails for who speaks the one of a BCP 47 tag."""
    base = tag.partition("-")[0].lower()
    return base if base in LANGUAGES else LANGUAGES[0]


def write(kind: str, language: str, *, home: str, link: str = "", **said: Any) -> Letter:
    """Return the letter of a kind.

    `home` is the address of the app, `link` where its button leads, `said` what its text names.
    """
    chosen = texts(language)
    words = chosen[kind]
    environment = _environment()

    # What is filled in is escaped where it is shown, once.
    plain = environment.overlay(autoescape=False)

    def filled(sentence: str) -> str:
        return plain.from_string(sentence).render(said)

    content = {
        "language": language,
        "home": home,
        "link": link or (home + words["page"] if "page" in words else ""),
        "title": words["title"],
        "lines": [filled(line) for line in words["lines"]],
        "action": words.get("action", ""),
        "after": [filled(line) for line in words.get("after", ())],
        "foot": chosen["house"]["foot"],
        "copy": chosen["house"]["copy"],
    }
    return Letter(
        words["subject"],
        environment.get_template("letter.txt").render(content).strip() + "\n",
        environment.get_template("letter.html").render(content),
    )
