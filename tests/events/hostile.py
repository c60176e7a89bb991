"""Events as apps tell them, and each with one field that is missing, or something that no app should say: the same every time."""

from collections.abc import Iterator
from typing import Any

import orjson

ID = "0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92"
AT = "2026-11-27T11:59:30.120Z"
COMMON = {"id": ID, "at": AT, "visit": "0199c4b9-1a00-7b1f-9d08-5e3a7c6f1b90", "seq": 12}
ARMS = {"larger-cards": "large", "home:rows.2": "b_1"}
# One of each kind with every field it may have.
WHOLE: dict[str, dict[str, Any]] = {
    "impression": {
        "impression_id": ID, "title_id": ID, "row": "top-rated", "row_position": 0, "position": 10_000,
        "model_version": "2026-11-27", "experiments": ARMS,
    },
    "click": {
        "target": "play", "title_id": ID, "impression_id": ID, "row": "Für dich ❤", "position": 3, "experiments": ARMS,
    },
    "search": {"query_id": ID, "results": 12, "position": 1, "title_id": ID},
    "page": {"name": "home", "title_id": ID, "previous": "title", "seconds": 12.5},
    "playback": {
        "session_id": ID, "title_id": ID, "playable_id": ID, "sn": 3, "sta": "playing", "trailer": True,
        "recommendation_id": ID, "impression_id": ID, "msd": 420, "bsa": 1, "bsda": 900, "dfa": 2, "switches": 1, "br": 4500,
        "mtp": 20_000, "pt": 60_000, "watched_ms": 59_000, "mean_height": 1080, "mean_bitrate": 4321.5, "ec": "chunk_missing",
        "exit": "left", "edge": "eu-1", "device_class": "tv", "experiments": ARMS,
    },
    "error": {
        "code": "chunk_missing", "message": "two\nlines\tand a tab", "page": "watch", "trace_id": "0123456789abcdef",
        "fatal": True,
    },
    "exposure": {"experiment": "larger-cards", "arm": "large"},
}  # fmt: skip
# With nothing but what each must say.
PLAIN = {
    "impression": {name: WHOLE["impression"][name] for name in ("impression_id", "title_id", "row", "row_position", "position")},
    "click": {"target": "title"},
    "search": {"query_id": ID, "results": 0},
    "page": {"name": "home"},
    "playback": {name: WHOLE["playback"][name] for name in ("session_id", "title_id", "playable_id", "sn", "sta")},
    "error": {"code": "script"},
    "exposure": WHOLE["exposure"],
}  # fmt: skip
# As they are written in JSON.
VALUES = [
    b"null", b"true", b"false", b"0", b"-1", b"1", b"-0", b"-0.0", b"0.5", b"1.0", b"1e3", b"1e22", b"1e999", b"10000", b"10001",
    b"10000001", b"86400001", b"9007199254740993", b"123456789012345678901234567890", b'""', b'"x"', b'"1"', b'"0.5"',
    b'"true"', b'"' + b"x" * 60 + b'"', b'"' + b"x" * 61 + b'"', b'"' + b"x" * 101 + b'"', b'"' + b"x" * 501 + b'"',
    b'"' + b"x" * 9000 + b'"', b'"a b"', b'"tail\\n"', b'"\\n"', b'"a\\u0000b"', b'"a\\u007fb"', b'"\\ud83d\\ude00"',
    b'"\\ud800"',
    '"ä❤️"'.encode(), b'"\xff"', b'"a\nb"', b'"a\tb"', b'"\\x41"', b'"\\u0041"',
    b'"0199C4B9-2C70-7B1F-9D08-5E3A7C6F1B92"', b'"0199c4b92c707b1f9d085e3a7c6f1b92"',
    b'"{0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92}"', b'"urn:uuid:0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92"',
    b'"0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b9"', b'"0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92\\n"',
    b'"00000000-0000-0000-0000-000000000000"',
    b'"2026-11-27T11:59:30Z"', b'"2026-11-27T11:59:30"', b'"2026-11-27 11:59:30Z"', b'"2026-11-27T11:59Z"', b'"2026-11-27"',
    b'"2026-11-27T13:59:30+02:00"', b'"2026-11-27T11:59:30+0000"', b'"2026-11-27t11:59:30z"', b'"2026-11-27T11:59:60Z"',
    b'"2026-11-27T24:00:00Z"', b'"2026-02-30T11:59:30Z"', b'"2026-11-27T11:59:30.123456789Z"', b'"2026-11-27T11:59:30,5Z"',
    b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59-14:00"', b"1795780770", b"1795780770000", b'"1795780770"',
    b"[]", b"[1]", b"{}", b'{"a": 1}', b'{"a": null}', b'{"a": ""}', b'{"": "b"}', b'{"a b": "c"}', b'{"a": "c d"}',
    b'{"a\\n": "b"}',
    b'{"a": "b", "a": "c"}', b'{"a": {"b": {"c": {}}}}', b'{"a": {"b": {"c": {"d": {}}}}}', b"[[[[[]]]]]",
    b"{" + b",".join(b'"a%d":"b"' % number for number in range(20)) + b"}",
    b"{" + b",".join(b'"a%d":"b"' % number for number in range(21)) + b"}",
    b"NaN", b"Infinity", b"tru", b"01", b"+1", b".5", b"'x'", b'"open',
]  # fmt: skip


def written(fields: dict[str, bytes]) -> bytes:
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in fields.items()) + b"}"


def usual() -> Iterator[bytes]:
    """Events as apps tell them."""
    for kinds in (WHOLE, PLAIN):
        for kind, fields in kinds.items():
            for order in ({**COMMON, "type": kind, **fields}, {"type": kind, "id": ID, "at": AT, **fields}):
                yield orjson.dumps(order)


def hostile() -> Iterator[bytes]:
    """Every kind with each of its fields, and one that it has not, missing or saying each of the values."""
    for kind, fields in WHOLE.items():
        whole = {name: orjson.dumps(value) for name, value in {**COMMON, "type": kind, **fields}.items()}
        for name in (*whole, "more"):
            yield written({other: value for other, value in whole.items() if other != name})
            yield from (written({**whole, name: value}) for value in VALUES)
        # Said twice: what comes last counts.
        yield written(whole)[:-1] + b',"at":"yesterday"}'
        yield written(whole)[:-1] + b',"type":"page"}'
        yield b'{"type":"page",' + written(whole)[1:]
    yield from (b"null", b"[]", b"{}", b'"impression"', b"7", b"{" * 5_000, b"[" * 1_500 + b"]" * 1_500, b'{"type": 1}')
