"""The types of text: what no page can show is refused, what people write is not."""

import sys
import unicodedata
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from libs.chassis import text


class Everything(BaseModel):
    """One field of each kind."""

    name: Annotated[str, text.name(60)] = "Ada"
    line: Annotated[str, text.line(60)] = ""
    paragraph: Annotated[str, text.paragraph(60)] = ""
    password: Annotated[str, text.password(60)] = ""
    token: Annotated[str, text.token(60)] = "t"


FIELDS = list(Everything.model_fields)
WRITTEN = {
    "ශ්‍රී ලංකා": "Sinhala, with a joiner",
    "می‌خواهم": "Persian, with a non-joiner",
    "ന്‍റെ": "Malayalam, with a joiner",
    "👨‍👩‍👧‍👦": "a family",
    "🏴󠁧󠁢󠁷󠁬󠁳󠁿": "the flag of Wales, spelled with tags",
    "שלום‏ world": "Hebrew with a mark",
    "Zoë O’Brien-Łukasz": "Latin letters",
    "陳大文": "Chinese",
    "❤️": "a heart with a variation selector",
}
REFUSED = [
    *(chr(code) for code in [0, 1, 8, 0x0B, 0x1B, 0x7F, 0x80, 0x85, 0x9F]),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "\ud800",
    "\udfff",
]


@pytest.mark.parametrize("value", WRITTEN, ids=WRITTEN.values())
@pytest.mark.parametrize("field", FIELDS)
def test_what_people_write_is_kept(field: str, value: str) -> None:
    kept = getattr(Everything.model_validate({field: value}), field)

    assert kept in (value, unicodedata.normalize("NFC", value))


@pytest.mark.parametrize("character", REFUSED, ids=[f"U+{ord(c):04X}" for c in REFUSED])
@pytest.mark.parametrize("field", FIELDS)
def test_what_no_page_can_show_is_refused(field: str, character: str) -> None:
    with pytest.raises(ValidationError):
        Everything.model_validate({field: f"a{character}b"})


def test_lines_end_in_paragraphs_alone() -> None:
    for ending in ("\n", "\r\n", "\t", "\u2028"):
        assert Everything(paragraph=f"a{ending}b").paragraph == f"a{ending}b"
        with pytest.raises(ValidationError):
            Everything(name=f"a{ending}b")


def test_names_are_one_spelling_and_passwords_the_one_that_was_typed() -> None:
    typed = " Zoe\u0308 "

    assert Everything(name=typed).name == "Zo\u00eb"
    assert Everything(password=typed).password == typed


@pytest.mark.parametrize("value", ["", " ", "\u200d", "\u200b\u200b", "\u00a0", "\u0301", "\ufeff"])
def test_a_name_can_be_seen(value: str) -> None:
    with pytest.raises(ValidationError):
        Everything(name=value)


def test_length_is_bounded_in_characters_and_bytes() -> None:
    assert Everything(name="𝄞" * 60).name == "𝄞" * 60
    with pytest.raises(ValidationError):
        Everything(name="a" * 61)
    with pytest.raises(ValidationError):
        # Each of these becomes two characters, eight bytes, when it is normalised.
        Everything(name="\U0001d160" * 60)
    schema = Everything.model_json_schema()["properties"]["name"]
    assert (schema["minLength"], schema["maxLength"]) == (1, 60)


@given(st.text())
def test_what_is_kept_can_be_stored_and_what_is_cleaned_is_kept(value: str) -> None:
    kind = text.line(20)
    cleaned = kind.cleaned(value)

    assert len(cleaned) <= 20
    assert kind.checked(cleaned) == unicodedata.normalize("NFC", cleaned)
    assert "\x00" not in cleaned
    cleaned.encode()


def test_every_character_that_is_refused_is_looked_for() -> None:
    strictest = text.line(1)
    refused = {chr(code) for code in range(sys.maxunicode + 1) if strictest._refusal(chr(code))}
    assert refused == {chr(code) for code in range(sys.maxunicode + 1) if text.REFUSED.match(chr(code))}
