"""Which age a title's ratings give it, and that one set by hand is never lowered by them."""

from typing import Any

import pytest

from services.catalog.certificates import age_after
from tests.catalog.conftest import Catalog
from tests.catalog.files import MAPPING, finished, send

ROWS = b"no,kind,name,cast,director,year,rating,length,about\n1,Film,Moss,,,2020,%s,,%s\n"
UPDATE = {**MAPPING, "existing": "update"}


@pytest.mark.parametrize(
    ("maturity", "before", "after", "wanted"),
    [
        (12, "12", "6", 7), (12, "12", "16", 16), (16, "12", "6", 16), (16, "12", "12", 16), (7, "12", "12", 7),
        (7, "12", "16", 16), (7, "12", "0", 7), (0, None, "12", 12), (16, None, "12", 16), (12, "12", None, 12),
    ],
)  # fmt: skip
def test_an_age_follows_its_ratings_unless_it_was_set_by_hand(
    maturity: int, before: str | None, after: str | None, wanted: int
) -> None:
    said = [{} if each is None else {"FSK": each} for each in (before, after)]
    assert age_after(maturity, said[0], said[1]) == wanted


async def test_a_file_that_says_the_same_ratings_lowers_no_age(catalog: Catalog) -> None:
    await send(catalog, ROWS % (b"12", b"Slow."))
    [title] = [item["title_id"] for item in (await catalog.get("/titles")).json()["items"]]

    async def after(rating: bytes, about: bytes, **more: Any) -> tuple[int, str]:
        mapping = {**UPDATE, "fields": {**MAPPING["fields"], **more}}
        done = await send(catalog, ROWS % (rating, about), mapping)
        assert done["status"] == "done", done
        read = (await catalog.edit("GET", f"/titles/{title}")).json()
        assert read["description"] == about.decode()
        return read["maturity"], done["id"]

    await catalog.change(title, maturity=18)
    assert (await after(b"12", b"Slower."))[0] == 18, "other words, the same rating"
    assert (await after(b"6", b"Slow."))[0] == 18, "a lower rating"
    age, done = await after(b"6", b"Kind.", maturity={"constant": "7"})
    assert age == 7, "the file says the age itself"
    assert (await catalog.edit("POST", f"/imports/{done}/undo", json={})).status_code == 202
    assert (await finished(catalog, f"/imports/{done}"))["status"] == "undone"
    assert (await catalog.edit("GET", f"/titles/{title}")).json()["maturity"] == 18
    await catalog.change(title, maturity=7)
    assert (await after(b"16", b"Grim."))[0] == 16, "it follows its rating, which is raised"


async def test_an_editor_who_changes_ratings_lowers_no_age_that_was_set_by_hand(catalog: Catalog) -> None:
    made = (await catalog.film(certificates={"FSK": "12"}))["id"]
    assert (await catalog.change(made, certificates={"FSK": "6"}))["maturity"] == 7
    assert (await catalog.change(made, maturity=16))["maturity"] == 16
    assert (await catalog.change(made, certificates={"FSK": "0"}))["maturity"] == 16
    assert (await catalog.change(made, certificates={"FSK": "18"}))["maturity"] == 18
    assert (await catalog.change(made, certificates={"FSK": "6"}, maturity=7))["maturity"] == 7
