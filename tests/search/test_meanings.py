"""Sentences are compared with what titles mean, within the same limits; without the model they go by words, and say so."""

import asyncio
from pathlib import Path
from typing import Any, cast

from libs.chassis.ids import new_id
from services.search.engine import meanings as engine
from services.search.engine.model import SIZE, Model
from services.search.service import meanings
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.search.conftest import PATIENCE, Search, changed, serving

SENTENCE = "a machine that falls in love"
VECTORS = "SELECT seq, version FROM meanings ORDER BY seq"


async def discover(search: Search, headers: dict[str, str] | None = None, text: str = SENTENCE) -> dict[str, Any]:
    answer = await search.call("POST", "/discover", headers, json={"text": text})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def until_known(search: Search, version: int, titles: int) -> None:
    """Wait until every title has a vector of this version, and this replica has it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            search.app.state.discovering._meanings.wake()
            rows = await search.rows(VECTORS)
            followed = search.app.state.discovering._meanings._followed
            if [row["version"] for row in rows] == [version] * titles and followed == rows[-1]["seq"]:
                return
            await asyncio.sleep(0.02)


async def test_what_a_sentence_means_is_found_in_other_words_and_nothing_hidden(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path
) -> None:
    url = await database("services.search")
    async with serving(url, jwks_cache, auth_headers, tmp_path, by_meaning=True) as search:
        films = [
            changed("Tin Heart", description="A robot feels affection for the woman who repairs it.", year=1994),
            changed("Iron Vow", description="An android and its owner become a couple.", maturity=18, year=2020),
            changed("Moss Hour", description="A gardener wins a prize for his cabbages.", year=1994),
        ]
        await search.send(*films)
        await until_known(search, 1, 3)
        found = await discover(search)
        assert found["meaning"]
        names = [item["name"] for item in found["items"]]
        assert sorted(names[:2]) == ["Iron Vow", "Tin Heart"]
        assert "Moss Hour" not in names
        # Limits count before likeness: an age limit, and what the sentence itself asks for.
        child = search.auth_headers(profile_id=new_id(), maturity=12)
        assert [item["name"] for item in (await discover(search, child))["items"]] == ["Tin Heart"]
        assert [i["name"] for i in (await discover(search, text=f"{SENTENCE} from the 90s"))["items"]] == ["Tin Heart"]
        # A chip says what titles were chosen by: of these none has any of the words but "robot".
        meant = await discover(search, text="a robot whose sweetheart mends circuits, from the 90s")
        assert meant["items"][0]["name"] == "Tin Heart"
        assert [chip["value"] for chip in meant["chips"]] == ["robot", "1990"]
        # An edit that changes no text costs nothing but a number; one that changes it is compared anew.
        before = [row["seq"] for row in await search.rows(VECTORS)]
        await search.send(*(film.model_copy(update={"version": 2, "year": 1999}) for film in films))
        await until_known(search, 2, 3)
        assert [row["seq"] for row in await search.rows(VECTORS)] == before
        told = {"version": 3, "description": "A computer program is in love with its user."}
        await search.send(*(film.model_copy(update=told) for film in films[2:]))
        async with asyncio.timeout(PATIENCE):
            while "Moss Hour" not in [item["name"] for item in (await discover(search))["items"]]:
                search.app.state.discovering._meanings.wake()
                await asyncio.sleep(0.02)


async def test_where_the_model_is_absent_words_are_all_there_is(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(meanings, "NEEDED", ("a_package_that_nobody_has",))
    url = await database("services.search")
    async with serving(url, jwks_cache, auth_headers, tmp_path, by_meaning=True) as search:
        await search.send(changed("Tin Heart", description="A robot feels affection."))
        assert (await search.client.get("/readyz")).json()["components"]["meanings"] == "ok"
        by_words = await discover(search, text="a robot")
        assert ([item["name"] for item in by_words["items"]], by_words["meaning"]) == (["Tin Heart"], False)
        assert (await discover(search))["items"] == []


def test_an_edit_takes_the_place_of_what_a_title_meant(tmp_path: Path) -> None:
    """However often texts change, the file is as long as there are titles."""
    known = engine.Meanings(tmp_path, cast(Model, None))  # nothing is asked
    long = known._file.seek(0, 2)
    known.add([7, -3], [bytes([1]) * SIZE, bytes([2]) * SIZE])
    known.ready()
    for edit in range(4200):
        known.add([-3, 7], [bytes([edit % 100]) * SIZE, bytes([9]) * SIZE])
    known.add([5, 7], [bytes([3]) * SIZE, bytes([4]) * SIZE])
    known.ready()
    assert known._file.seek(0, 2) == long
    keys, rows = known._sorted
    meant = {int(key): int(known._matrix[row][0]) for key, row in zip(keys, rows, strict=True)}
    assert meant == {-3: 4199 % 100, 5: 3, 7: 4}
