"""`bijou import`: what is wrong with the files it is given is said in a line that names them, before anything is sent."""

import gzip
import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from cli.importing import _becomes, _parts, _reasons, app
from demo.studio import Refused

PACKED = gzip.compress(b"id,name\n1,Fog\n" * 1000, mtime=0)
MAPPING = json.dumps({"source": "studio", "key": "id"}).encode()


@pytest.mark.parametrize(
    ("data", "name", "mapping", "says"),
    [
        (b"id\n1\n", "a.csv", b"# Bijou", "m.json is no mapping (line 1, column 1: Expecting value)"),
        (b"id\n1\n", "a.csv", PACKED, "m.json is no mapping (it is no text in UTF-8)"),
        (b"id\n1\n", "a.csv.gz", MAPPING, "a.csv.gz is called .gz and is not compressed"),
        (PACKED[:40], "a.csv.gz", MAPPING, "a.csv.gz cannot be unpacked to its end"),
        (PACKED[:30] + b"\xff" * 20, "a.csv", MAPPING, "a.csv cannot be unpacked to its end"),
        (b"\n", "a.csv", MAPPING, "a.csv is empty"),
        (PACKED, "a.csv", MAPPING, "The platform is not running"),
    ],
)
def test_a_file_that_is_none_is_named_with_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, name: str, mapping: bytes, says: str
) -> None:
    monkeypatch.setenv("BIJOU_DATA", str(tmp_path / "var"))
    (tmp_path / name).write_bytes(data)
    (tmp_path / "m.json").write_bytes(mapping)
    answer = CliRunner().invoke(app, ["import", str(tmp_path / name), "--mapping", str(tmp_path / "m.json")])
    assert answer.exit_code == 1 and isinstance(answer.exception, SystemExit), answer.exception
    assert says in answer.output.replace("\n", ""), answer.output


def test_a_compressed_file_is_unpacked_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(PACKED)
    (tmp_path / "b.csv.gz").write_bytes(PACKED)
    (tmp_path / "c.csv").write_bytes(gzip.decompress(PACKED))
    read = [b"".join(_parts(tmp_path / name)) for name in ("a.csv", "b.csv.gz", "c.csv")]
    assert read == [gzip.decompress(PACKED)] * 3


def test_a_mapping_that_is_refused_is_said_field_by_field() -> None:
    errors = [{"loc": ["body", "mapping", "fields"], "msg": "fields must say the type", "type": "value_error"}]
    answer = httpx.Response(422, json={"detail": "Some fields are wrong.", "errors": errors})
    assert _reasons(Refused(answer)) == "fields: fields must say the type"


def test_what_an_import_would_do_is_said_before_it_does_it() -> None:
    found = {"titles": 3, "changed": 2538, "unchanged": 6271, "skipped": 0, "to_review": 2}
    assert _becomes(found, dry=True) == (
        "make 3 titles, change 2,538 (2 of them to be approved again), leave 6,271 that say all of it already, "
        "and skip 0 that were here"
    )
    assert _becomes({**found, "to_review": 0}, dry=False).startswith("made 3 titles, changed 2,538, left 6,271")
