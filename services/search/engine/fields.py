"""The fields of the index. Who changes them, or what is written into them, counts `FORMAT` up: indexes are then built anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import tantivy

FORMAT = 12
SLOTS = 3  # windows of a title that the index itself can look into
FOREVER = 2**62
EVERYWHERE = "*"


def schema() -> tantivy.Schema:
    """Titles and people share an index: a document has the fields of the one or of the other."""
    builder = tantivy.SchemaBuilder()
    for name in ("id", "person", "surname", "age", "windowed"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    # Names and how they begin; threes of names; stems and words of everything; threes of people's names; ids.
    for name in ("called", "threes", "everything", "person_threes", "credit", "country"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    # Filters, and with their names what facets count.
    for name in ("genre", "type", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("genre_facet", "type_facet", "language_facet"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("year", "decade", "runtime"):
        builder.add_integer_field(name, indexed=True, fast=True)
    # From which age on a title may be seen that has no windows: of single titles that is known without a query.
    builder.add_integer_field("free_age", fast=True)
    # What vectors are found by; the index need not look into it.
    builder.add_integer_field("key", fast=True)
    for name in ("rating", "popularity"):
        builder.add_float_field(name, fast=True)
    for slot in range(SLOTS):
        builder.add_integer_field(f"from{slot}", fast=True)
        builder.add_integer_field(f"to{slot}", fast=True)
        builder.add_text_field(f"regions{slot}", tokenizer_name="raw", index_option="basic")
    # Where in `records` is what ranking looks at and what an answer shows.
    builder.add_integer_field("place", fast=True)
    return builder.build()


def key(title_id: UUID) -> int:
    """A title's name among vectors: the half of its id that is by chance."""
    return int.from_bytes(title_id.bytes[8:], signed=True)


def instant(moment: datetime) -> int:
    """A moment as the index compares it, in microseconds."""
    return int(moment.timestamp() * 1_000_000)
