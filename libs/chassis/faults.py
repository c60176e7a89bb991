"""What is wrong with a value, in words of whoever wrote it: no name of a Python type, and no pattern.

A sentence goes on from the name of the field: `year` "must be 1870 or more".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import StringConstraints

# What a pattern asks for, by the pattern.
_FORMS: dict[str, str] = {}
_UNSAID = "is not written as it has to be; the reference has an example"

_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_TRUTH = "must be true or false"
_TEXT = "must be a text"
_LIST = "must be a list"
_OBJECT = "must be an object with fields"
_ONE_OF = "must be one of {expected}"
_ID = "must be an id, as 01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"
_DAY = "must be a day, as 2026-11-20"
_MOMENT = "must be a moment with its zone, as 2026-11-20T18:30:00Z"
_SPAN = "must be a duration, as PT1H30M"
# By the type of the error; `{…}` are parts of its context.
_RULES = {
    "missing": "is missing",
    "extra_forbidden": "is no field that is known here",
    "none_required": "must be null",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": _NUMBER,
    "too_short": "must have {min_length} or more, and has {actual_length}",
    "too_long": "may have {max_length} at most, and has {actual_length}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "may have {max_length} characters at most",
    "json_invalid": "is no JSON: {error}",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "iterable_type": _LIST,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "string_type": _TEXT,
    "string_unicode": "must be a text in UTF-8",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "is too large a number",
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
    "union_tag_invalid": "has a {discriminator} that is none of {expected_tags}",
    "union_tag_not_found": "needs a {discriminator}",
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
    "time_delta_type": _SPAN,
    "time_delta_parsing": _SPAN,
    "url_type": "must be the address of a page",
    "url_parsing": "must be the address of a page",
    "url_scheme": "must be an address that begins with {expected_schemes}",
    "url_too_long": "may have {max_length} characters at most",
}


def form(pattern: str, words: str, longest: int | None = None) -> StringConstraints:
    """Return metadata of a `str` that must match a pattern, of at most `longest` characters; `words` say what it asks for.

    They go on from the name of the field: "must be two capital letters, as US".
    """
    if _FORMS.setdefault(pattern, words) != words:
        raise ValueError(f"{pattern!r} is said in two ways: {_FORMS[pattern]!r} and {words!r}")
    return StringConstraints(pattern=pattern, max_length=longest)


def said(error: Mapping[str, Any]) -> str:
    """Return what an error of pydantic (`ValidationError.errors()`) is about; without the value, which may be a secret."""
    context = {name: _plain(value) for name, value in (error.get("ctx") or {}).items()}
    if error["type"] == "string_pattern_mismatch":
        return _FORMS.get(context.get("pattern", ""), _UNSAID)
    rule = _RULES.get(error["type"])
    try:
        if rule is not None:
            return rule.format_map(context)
    except KeyError:  # of another version of pydantic, or of a validator of our own that says less
        pass
    told: str = error["msg"]
    return told.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _plain(value: Any) -> str:
    """Return a part of an error's context as a person writes it: `'a', 'b' or 'c'` without quotes, 5.0 as 5."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).replace("'", "")
