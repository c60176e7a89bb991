"""A sentence is read into chips, which can be taken away and sent back."""

import asyncio
import threading
from typing import Any

import pytest

from libs.chassis.ids import new_id
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


@pytest.mark.parametrize(
    ("sentence", "kind", "found"),
    [
        ("a comedy from the 80s or 90s", "decade", ["Eighties", "Nineties"]),
        ("comedies from the 1980s and 1990s", "decade", ["Eighties", "Nineties"]),
        ("a comedy from 1985 or 2005", "year", ["Eighties", "Noughties"]),
        ("a comedy from the 80s or 2005", ("decade", "year"), ["Eighties", "Noughties"]),
        ("comedies from japan or korea", "country", ["Eighties", "Nineties"]),
        ("comedies in japanese or korean", "language", ["Eighties", "Nineties"]),
        ("a comedy film or series", "type", ["Eighties", "Nineties", "Noughties"]),
        ("a comedy after 1990 and before 2000", "year", ["Nineties"]),
        ("a comedy not from the us", "country", ["Eighties", "Nineties"]),
        ("a comedy not from japan or the us", "country", ["Nineties"]),
    ],
)
async def test_of_two_things_of_which_a_title_has_one_it_has_either(
    search: Search, sentence: str, kind: str | tuple[str, ...], found: list[str]
) -> None:
    def comedy(name: str, year: int, country: str, language: str, **more: Any) -> Any:
        return changed(name, genres=("Comedy",), year=year, country=country, language=language, **more)

    await search.send(
        comedy("Eighties", 1985, "JP", "ja"),
        comedy("Nineties", 1995, "KR", "ko"),
        comedy("Noughties", 2005, "US", "en", type="series"),
        changed("Other", genres=("Drama",), year=1985, country="JP", language="ja"),
    )
    read = await discover(search, text=sentence)
    chips = [chip for chip in read["chips"] if chip["kind"] in (kind if isinstance(kind, tuple) else (kind,))]
    assert [chip["negated"] for chip in chips] == ["not" in sentence] * (
        1 if sentence.endswith("not from the us") else 2
    )
    assert sorted(names(read)) == found
    # All or none of them are a choice; what a client makes of that is not looked at.
    (one_of,) = {chip["one_of"] for chip in chips}
    assert (one_of is None) == ("not" in sentence or "after" in sentence)
    mixed_up = [{**chip, "one_of": None if chip["one_of"] else "type"} for chip in read["chips"]]
    assert (await discover(search, chips=mixed_up))["chips"] == read["chips"]


# What is asked for, what to leave out, and which of the titles below are found.
EITHER = {
    "a comedy or a thriller": ("comedy|thriller", "", "CDT"),
    "a comedy film or a thriller": ("comedy|thriller", "", "CDT"),
    "either a drama, a comedy or a thriller": ("drama|comedy|thriller", "", "CDST"),
    "a comedy, or a thriller": ("comedy|thriller", "", "CDT"),
    "Komödie oder Thriller": ("comedy|thriller", "", "CDT"),
    "entweder lustig oder ein Thriller": ("funny|thriller", "", "CDT"),
    "drama and comedy or thriller": ("drama, comedy|thriller", "", "D"),
    "drama or thriller from ireland": ("drama|thriller", "", "ST"),
    "comedy and thriller": ("comedy, thriller", "", ""),
    "comedy, thriller": ("comedy, thriller", "", ""),
    "with Isolde Harrow or Bram Teviot": ("isolde harrow|bram teviot", "", "CT"),
    "a comedy or thriller with Isolde Harrow or Bram Teviot": (
        "comedy|thriller, isolde harrow|bram teviot", "", "CT",
    ),
    "not a comedy or a thriller": ("", "comedy, thriller", "S"),
    "not a comedy film or a thriller": ("", "comedy, thriller", "S"),
    "not a comedy or a series": ("", "comedy, series", "ST"),
    "not a comedy, a drama or a thriller": ("", "comedy, drama, thriller", ""),
    "neither comedy nor thriller": ("", "comedy, thriller", "S"),
    "neither funny nor a thriller": ("", "funny, thriller", "S"),
    "weder Komödie noch Thriller": ("", "comedy, thriller", "S"),
    "a drama, neither funny nor tense": ("drama", "funny, tense", "S"),
    "a comedy or not a drama": ("comedy", "drama", "C"),
}  # fmt: skip


async def test_or_makes_a_choice_of_what_a_title_may_have_several_of(search: Search) -> None:
    await search.send(
        changed("C", genres=("Comedy",), country="US", language="en", cast=("Isolde Harrow",)),
        changed("D", genres=("Comedy", "Drama"), country="US", language="en"),
        changed("S", genres=("Drama",), country="IE", language="en"),
        changed("T", genres=("Thriller",), country="IE", language="en", cast=("Bram Teviot",)),
    )
    for sentence, (wanted, unwanted, titles) in EITHER.items():
        read = await discover(search, text=sentence)
        heard: dict[str, list[str]] = {}
        for chip in read["chips"]:
            if not chip["negated"] and chip["kind"] in ("genre", "mood", "person"):
                heard.setdefault(chip["one_of"] or chip["value"], []).append(chip["value"].lower())
        assert ", ".join("|".join(values) for values in heard.values()) == wanted, sentence
        assert ", ".join(chip["value"] for chip in read["chips"] if chip["negated"]) == unwanted, sentence
        assert not [chip for chip in read["chips"] if chip["kind"] == "text"], sentence
        assert sorted(names(read)) == list(titles), sentence
        # A choice stays one when it is sent back, and what is left of it when others were taken out is wanted.
        again = await discover(search, chips=read["chips"])
        assert (again["chips"], names(again)) == (read["chips"], names(read)), sentence
    chips = [
        chip for chip in (await discover(search, text="a comedy or a thriller"))["chips"] if chip["value"] != "comedy"
    ]
    assert names(await discover(search, chips=chips)) == ["T"]
    drama = {"kind": "genre", "value": "drama", "one_of": "person"}
    (chip,) = (await discover(search, chips=[drama]))["chips"]
    assert chip["one_of"] is None, "what it cannot be a choice of"
    # The same words as a query: "or" is no word to be found, and the name of a title that has it is.
    await search.send(changed("Comedy or Life", genres=("Drama",), country="US", language="en"))
    for query, found in (
        ("comedy or thriller", {"C", "D", "T"}), ("thriller oder drama", {"S", "T", "D", "Comedy or Life"}),
        ("thriller or drama from ireland", {"S", "T"}),
    ):  # fmt: skip
        assert found <= set(await search.names(query)), query
    assert (await search.names("comedy or life"))[0] == "Comedy or Life"


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


Chips = set[tuple[str, str, bool]]
READ: dict[str, Chips] = {
    "a comedy after 2015": {("genre", "comedy", False), ("year", "2016-", False)},
    "a comedy before 1995": {("genre", "comedy", False), ("year", "-1994", False)},
    "dramas between 1980 and 1996": {("genre", "drama", False), ("year", "1980-1996", False)},
    "a comedy from 1990 to 1995": {("genre", "comedy", False), ("year", "1990-1995", False)},
    "comedies since 2000": {("genre", "comedy", False), ("year", "2000-", False)},
    "comedies before the 90s": {("genre", "comedy", False), ("year", "-1989", False)},
    "a movie longer than two and a half hours": {("type", "movie", False), ("runtime", "150-", False)},
    "at least 2 hours": {("runtime", "120-", False)},
    "not longer than 90 minutes": {("runtime", "90", False)},
    "between 90 and 100 minutes": {("runtime", "90-100", False)},
    "something not in english": {("language", "en", True)},
    "a french comedy in german": {("country", "FR", False), ("genre", "comedy", False), ("language", "de", False)},
    "I want the best rated comedies tonight": {("genre", "comedy", False)},
    "I want to cry": {("mood", "cry", False)},
    "not a movie": {("type", "movie", True)},
    "a scary movie but not too bloody for teenagers": {
        ("mood", "scary", False), ("type", "movie", False), ("maturity", "13", False), ("mood", "bloody", True),
    },
    "a comedy without robots or school from the 90s": {
        ("genre", "comedy", False), ("text", "robots", True), ("text", "school", True), ("decade", "1990", False),
    },
    "not a scary movie": {("mood", "scary", True), ("type", "movie", False)},
    "no horror movies": {("genre", "horror", True)},
    "comedies for a 5 year old": {("genre", "comedy", False), ("maturity", "5", False)},
    "for kids under eight": {("maturity", "8", False)},
    "Ein lustiger Film aus den 80ern": {("mood", "funny", False), ("type", "movie", False), ("decade", "1980", False)},
    "eine französische Komödie unter zwei Stunden, nicht gruselig": {
        ("country", "FR", False), ("genre", "comedy", False), ("runtime", "120", False), ("mood", "scary", True),
    },
    "Komödien von 1990 bis 1995 für Kinder": {("genre", "comedy", False), ("year", "1990-1995", False), ("maturity", "7", False)},
    "etwas Spannendes, höchstens 90 Minuten, auf Deutsch": {
        ("mood", "tense", False), ("runtime", "90", False), ("language", "de", False),
    },
}  # fmt: skip


async def test_how_sentences_are_read(search: Search) -> None:
    await stocked(search)
    for sentence, wanted in READ.items():
        found = await discover(search, text=sentence)
        assert {(chip["kind"], chip["value"], chip["negated"]) for chip in found["chips"]} == wanted, sentence
        # Chips are sent back as they are.
        assert (await discover(search, chips=found["chips"]))["chips"] == found["chips"]


async def test_bounds_let_through_what_is_within_them(search: Search) -> None:
    await stocked(search)
    for sentence, wanted in {
        "a comedy after 1996": ["Newer Tin", "Tin Terror"], "a comedy before 1996": ["Tin Heart"],
        "comedies between 1996 and 1997": ["Long Tin", "Tin Terror"], "a comedy longer than two hours": ["Long Tin"],
        "between 91 and 100 minutes": ["Moss Hour", "Tin Heart"],
    }.items():  # fmt: skip
        assert sorted(names(await discover(search, text=sentence))) == wanted, sentence
    assert names(await discover(search, chips=[{"kind": "year", "value": "1997-1990"}])) == []


async def test_what_is_only_left_out_leaves_the_rest(search: Search) -> None:
    await stocked(search)
    assert sorted(names(await discover(search, text="no comedies"))) == ["Moss Hour"]
    assert names(await discover(search, text="not a movie")) == []
    assert len(names(await discover(search, text="something not in german"))) == 5


async def test_words_that_nothing_has_lose_their_chip(search: Search) -> None:
    await stocked(search)
    found = await discover(search, text="a comedy with zeppelins")
    assert [(chip["kind"], chip["value"]) for chip in found["chips"]] == [("genre", "comedy")]
    assert len(names(found)) == 4


async def test_who_is_named_exactly_brings_nobody_else(search: Search) -> None:
    await search.films(["Deep Sleep"], directors=("Christopher Nolan",))
    await search.films(["Walk Away"], directors=("Christopher Nolen",))
    assert names(await discover(search, text="films by christopher nolan")) == ["Deep Sleep"]


async def test_a_genre_means_all_genres_that_are_called_so(search: Search) -> None:
    await search.send(
        changed("Night Rain", genres=("Crime TV Shows",), type="series", country="DE"),
        changed("Cold Rain", genres=("Crime",), country="US"),
        changed("Old Cellar", genres=("Horror Movies",)),
    )
    found = await discover(search, text="A German crime series")
    assert [(chip["kind"], chip["value"], chip["label"]) for chip in found["chips"] if chip["kind"] == "genre"] == [
        ("genre", "crime", "Crime")
    ]
    assert names(found) == ["Night Rain"]
    assert found["near_misses"] == []
    assert sorted(names(await discover(search, text="crime"))) == ["Cold Rain", "Night Rain"]
    assert names(await discover(search, text="no crime")) == ["Old Cellar"]
    assert names(await discover(search, chips=[{"kind": "genre", "value": "horror"}])) == ["Old Cellar"]


async def test_where_nothing_fits_all_of_it_one_filter_less_is_offered(search: Search) -> None:
    await search.send(
        changed("Night Rain", genres=("Crime TV Shows",), type="series", country="DE", year=2015),
        changed("Cold Rain", genres=("Crime",), country="FR", year=1994),
    )
    found = await discover(search, text="a german crime series from the 90s")
    assert names(found) == []
    assert [(near["without"]["kind"], names(near)) for near in found["near_misses"]] == [("decade", ["Night Rain"])]
    asked = [chip for chip in found["chips"] if chip != found["near_misses"][0]["without"]]
    assert names(await discover(search, chips=asked)) == ["Night Rain"]


async def test_the_filter_without_which_there_is_most_comes_first_however_few_are_shown(search: Search) -> None:
    await search.films(["Night Rain"], genres=("Crime",), country="DE", year=2015)
    await search.films(["Cold Rain", "Old Rain", "Last Rain"], genres=("Crime",), country="FR", year=1994)
    chips = [
        {"kind": "genre", "value": "crime"}, {"kind": "decade", "value": "1990"}, {"kind": "country", "value": "DE"},
    ]  # fmt: skip
    near = (await discover(search, chips=chips, limit=1))["near_misses"]
    assert [each["without"]["kind"] for each in near] == ["country", "decade"]
    assert [len(each["items"]) for each in near] == [1, 1]


async def test_a_word_that_nothing_may_have_is_a_filter_too(search: Search) -> None:
    await search.films(["Night Rain", "Cold Rain"], genres=("Crime",))
    unwanted = {"kind": "text", "value": "rain", "negated": True}
    found = await discover(search, chips=[{"kind": "genre", "value": "crime"}, unwanted])
    assert names(found) == []
    (near,) = found["near_misses"]
    assert (near["without"]["value"], near["without"]["negated"]) == ("rain", True)
    assert sorted(names(near)) == ["Cold Rain", "Night Rain"]


async def test_a_genre_of_hidden_titles_alone_is_not_named(search: Search) -> None:
    await search.send(
        changed("Night Rain", genres=("Crime",), maturity=18),
        changed("Cold Rain", genres=("Crime TV Shows",), maturity=0),
    )
    answer = await search.call(
        "POST", "/discover", json={"text": "crime"}, headers=search.auth_headers(profile_id=new_id(), maturity=7)
    )
    assert [chip["label"] for chip in answer.json()["chips"]] == ["Crime TV Shows"]
    assert names(answer.json()) == ["Cold Rain"]


async def test_what_finds_nothing_is_not_sure(search: Search) -> None:
    await stocked(search)
    for params in ({"q": "qwxzvk"}, {"q": "tin", "year": 1950}, {"genre": "none"}):
        found = (await search.call("GET", "", params=params)).json()
        assert (found["total"], found["sure"]) == (0, False), params
