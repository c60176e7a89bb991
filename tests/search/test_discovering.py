"""A sentence is read into chips, which can be taken away and sent back."""

import asyncio
import threading
from typing import Any

from services.search.service.searching import THREADS
from tests.search.conftest import Search, changed

SENTENCE = "something funny from the 90s with a robot, under two hours, not scary"


async def stocked(search: Search) -> None:
    def film(name: str, *genres: str, year: int, minutes: int, plot: str, **more: Any) -> Any:
        return changed(name, genres=genres, year=year, runtime=minutes * 60, description=plot, **more)

    await search.send(
        film("Tin Heart", "Comedy", year=1994, minutes=95, plot="A robot learns to dance.", cast=("Mira Okonkwo",)),
        film("Long Tin", "Comedy", year=1996, minutes=150, plot="A robot talks and talks.", country="FR"),
        film("Tin Terror", "Comedy", "Horror", year=1997, minutes=90, plot="A robot haunts a school."),
        film("Newer Tin", "Comedy", year=2015, minutes=90, plot="A robot goes to work."),
        film("Moss Hour", "Drama", year=1995, minutes=100, plot="A keeper counts.", country="France"),
    )


async def discover(search: Search, **body: Any) -> dict[str, Any]:
    answer = await search.call("POST", "/discover", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [item["name"] for item in found["items"]]


async def test_a_sentence_becomes_chips_and_chips_become_titles(search: Search) -> None:
    await stocked(search)
    found = await discover(search, text=SENTENCE)
    assert [(chip["kind"], chip["value"], chip["negated"]) for chip in found["chips"]] == [
        ("mood", "funny", False), ("decade", "1990", False), ("text", "robot", False), ("runtime", "120", False),
        ("mood", "scary", True),
    ]  # fmt: skip
    assert names(found) == ["Tin Heart"]
    # Without the length and the fear there is more; the reading is what was sent.
    fewer = [chip for chip in found["chips"] if chip["kind"] != "runtime" and not chip["negated"]]
    again = await discover(search, chips=fewer)
    assert again["chips"] == fewer
    assert sorted(names(again)) == ["Long Tin", "Tin Heart", "Tin Terror"]


async def test_people_countries_and_kinds_are_read(search: Search) -> None:
    await stocked(search)
    found = await discover(search, text="a french drama without robots")
    assert names(found) == ["Moss Hour"]
    found = await discover(search, text="comedies with Mira Okonkwo")
    assert ("person", "Mira Okonkwo") in {(chip["kind"], chip["value"]) for chip in found["chips"]}
    assert names(found) == ["Tin Heart"]


async def test_one_of_a_text_and_chips(search: Search) -> None:
    chip = {"kind": "text", "value": "robot"}
    bad: list[dict[str, Any]] = [
        {}, {"text": ""}, {"text": "robot", "chips": [chip]}, {"chips": []}, {"chips": [chip] * 21},
        {"chips": [{"kind": "colour", "value": "red"}]}, {"text": "x" * 301},
    ]  # fmt: skip
    for body in bad:
        assert (await search.call("POST", "/discover", json=body)).status_code == 422


BAD_CHIPS = {
    "maturity": ("99980", "22", "-1", "1e1", "²"), "decade": ("²", "abc", "1995", "19900"), "year": ("²", "99", "soon"),
    "runtime": ("④", "-5", "0", "999999"), "type": ("robot", ""), "country": ("*", "usa"), "language": ("e n", "1"),
    "mood": ("blue",), "genre": ("a b", "*"),
}  # fmt: skip


async def test_chips_that_mean_nothing_are_refused(search: Search) -> None:
    for kind, values in BAD_CHIPS.items():
        for value in values:
            answer = await search.call("POST", "/discover", json={"chips": [{"kind": kind, "value": value}]})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), (kind, value)
    many = [{"kind": "maturity", "value": str(age)} for age in range(7)]
    assert (await search.call("POST", "/discover", json={"chips": many})).status_code == 422
    await discover(search, chips=many[:6])
    for value in ("-1", "99999999999999999999", "soon", "1' OR 1", "²"):
        await discover(
            search,
            chips=[
                {"kind": kind, "value": value, "negated": no} for kind in ("person", "text") for no in (True, False)
            ],
        )


async def test_who_waits_too_long_for_others_is_told_so(search: Search) -> None:
    searching, go = search.app.state.searching, threading.Event()
    held = [asyncio.create_task(searching.ask(go.wait)) for _ in range(THREADS)]
    await asyncio.sleep(0)
    searching.deadline = 0.05
    try:
        answer = await search.call("GET", "/suggest", params={"q": "moss"})
        assert (answer.status_code, answer.json()["code"]) == (503, "search_busy")
    finally:
        go.set()
    await asyncio.gather(*held)
    searching.deadline = 6.0
    assert await search.suggested("moss") == []


async def test_whom_a_story_is_about_is_no_genre(search: Search) -> None:
    await search.send(
        changed("Lake House", genres=("Drama",), description="A family at the lake."),
        changed("Zoo Day", genres=("Children & Family Movies",), description="Animals go for a walk."),
    )
    told = await discover(search, text="a family at a lake")
    assert [(chip["kind"], chip["value"]) for chip in told["chips"]] == [("text", "family"), ("text", "lake")]
    assert names(told)[0] == "Lake House"
    kind = await discover(search, text="a family film")
    assert kind["chips"][0]["kind"] == "genre"
    assert names(kind) == ["Zoo Day"]
