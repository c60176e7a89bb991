"""Records beside the segments: read alone, kept by commits, forgotten without one, and checked."""

import os
import zlib
from pathlib import Path
from typing import Any

import pytest

from services.search.engine import records
from services.search.engine.records import RANKED, SHOWN, Records

WORDS = (
    "moss", "fern", "reed", "sedge", "lantern", "signal", "keeper", "harbour", "valley", "night", "counts", "hours", "light",
)  # fmt: skip


def ranked(number: int) -> dict[str, Any]:
    words = [WORDS[(number * step) % len(WORDS)] for step in range(1, 9)]
    return {"id": f"title {number}", "names": [" ".join(words[:3])], "body": f" {' '.join(words)} "}


def shown(number: int, words: int = 30) -> dict[str, Any]:
    told = " ".join(WORDS[(number * number + step) % len(WORDS)] for step in range(words))
    return {"title_id": f"title {number}", "description": told}


def fault(folder: Path) -> bool:
    return any(zlib.crc32(path.read_bytes()[:length]) != noted for path, length, noted in records.noted(folder))


def put(kept: Records, *numbers: int) -> dict[int, int]:
    """Their places by number."""
    return {number: kept.put(ranked(number), shown(number)) for number in numbers}


def holds(kept: Records, places: dict[int, int]) -> bool:
    found = zip(places, kept.read(list(places.values()), RANKED), kept.read(list(places.values()), SHOWN), strict=True)
    return all((theirs, told) == (ranked(number), shown(number)) for number, theirs, told in found)


def test_records_are_where_they_were_put_and_are_there_for_who_opens_them_again(tmp_path: Path) -> None:
    kept = Records.new(tmp_path)
    places = put(kept, *range(40))
    kept.commit()
    places |= put(kept, *range(40, 60))
    kept.commit()
    assert holds(kept, places)
    assert holds(Records(tmp_path), places)
    assert len(set(places.values())) == 60


def test_what_records_have_in_common_is_kept_once(tmp_path: Path) -> None:
    """Of the first of them a dictionary is made, and those that come later are in a file that begins with it."""
    kept = Records.new(tmp_path)
    places = put(kept, *range(3 * records.SAMPLES))
    kept.commit()
    assert holds(kept, places)
    assert holds(Records(tmp_path), places)
    (first, *_), (second, length, _) = records.noted(tmp_path)
    assert first.name == "records-0"
    assert second.name == "records-1"
    each = (length - records.DICTIONARY) / (2 * records.SAMPLES)
    assert each < 0.75 * first.stat().st_size / records.SAMPLES


def test_long_records_are_whole(tmp_path: Path) -> None:
    kept = Records.new(tmp_path)
    said = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(60_000))
    place = kept.put(ranked(1), {"description": said})
    other = kept.put(ranked(2))
    kept.commit()
    assert kept.read([place], SHOWN) == [{"description": said}]
    assert kept.read([other, place], RANKED) == [ranked(2), ranked(1)]


def test_what_was_not_committed_is_forgotten_and_written_over(tmp_path: Path) -> None:
    kept = Records.new(tmp_path)
    places = put(kept, *range(10))
    kept.commit()
    put(kept, *range(10, 30))
    kept.undo()
    places |= put(kept, *range(30, 33))
    kept.commit()
    assert holds(kept, places)
    assert not fault(tmp_path)
    # The process ended in the middle of it: what it had written lies behind what is noted.
    path, length, _ = records.noted(tmp_path)[0]
    with path.open("ab") as file:
        file.write(b"half a record")
    again = Records(tmp_path)
    places |= put(again, *range(40, 45))
    again.commit()
    assert holds(again, places)
    assert not fault(tmp_path)
    assert path.stat().st_size > length


def test_the_disk_keeps_records_and_their_note_before_a_commit_points_at_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Records.new(tmp_path)
    fsync, synced = os.fsync, list[str]()

    def noted(file: int) -> None:
        synced.append(Path(f"/proc/self/fd/{file}").readlink().name)
        fsync(file)

    monkeypatch.setattr(os, "fsync", noted)
    # All is written by then, and nothing waits.
    monkeypatch.setattr(records, "_AT_ONCE", 0)
    put(kept, *range(10))
    kept.commit()
    assert synced == ["records-0", f"{records.NOTE}.new", tmp_path.name]
    kept.commit()
    assert synced[3:] == [f"{records.NOTE}.new", tmp_path.name], "nothing was put"


def test_a_file_that_was_not_committed_is_forgotten_too(tmp_path: Path) -> None:
    kept = Records.new(tmp_path)
    put(kept, *range(2 * records.SAMPLES))
    kept.undo()
    assert records.noted(tmp_path) == []
    places = put(kept, *range(20))
    kept.commit()
    assert holds(Records(tmp_path), places)


def test_the_same_keeps_its_place_and_what_is_replaced_becomes_waste(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LITTLE", 0)
    kept = Records.new(tmp_path)
    places = put(kept, *range(10))
    kept.commit()
    assert [kept.put(ranked(number), shown(number), places[number]) for number in range(10)] == list(places.values())
    assert not kept.wasteful
    for number in range(10):
        assert kept.put(ranked(number), shown(number, 31), places[number]) != places[number]
    kept.commit()
    assert not kept.wasteful  # half of it is needed
    place = kept.put(ranked(11))
    kept.commit()
    kept.drop(place)
    kept.commit()
    assert kept.wasteful
    assert Records(tmp_path).wasteful
    kept.drop(places[1])
    kept.undo()
    assert Records(tmp_path)._replaced == kept._replaced


def test_other_bytes_and_places_where_nothing_is_are_errors(tmp_path: Path) -> None:
    kept = Records.new(tmp_path)
    places = put(kept, *range(10))
    kept.commit()
    ((path, length, _),) = records.noted(tmp_path)
    for nowhere in (places[3] + 1, length, length + 1, 1 << 41, 2**60):
        with pytest.raises(ValueError, match=r"records-0|no file"):
            kept.read([nowhere], RANKED)
    held = bytearray(path.read_bytes())
    held[places[4] + 30] ^= 1
    path.write_bytes(held)
    with pytest.raises(ValueError, match="records-0 is damaged"):
        kept.read([places[4]], RANKED)
    assert fault(tmp_path)


def test_those_of_several_become_one(tmp_path: Path) -> None:
    parts, places = [tmp_path / "one", tmp_path / "two"], dict[int, int]()
    for number, part in enumerate(parts):
        part.mkdir()
        kept = Records.new(part, first=10 * number)
        places |= put(kept, *range(100 * number, 100 * number + 20))
        kept.commit()
    Records.new(tmp_path)
    records.take(tmp_path, parts)
    whole = Records(tmp_path)
    assert holds(whole, places)
    places |= put(whole, 300)
    whole.commit()
    assert holds(Records(tmp_path), places)
