"""What is found: the journey of a query from what was typed to the titles that were meant."""

from typing import Any

from pydantic import BaseModel

from libs.contracts.catalog import Localized
from services.search.schemas.results import SearchResults, Suggestions
from tests.search.conftest import Search, changed


async def test_a_title_is_found_by_its_name_its_beginning_and_nearly_its_name(search: Search) -> None:
    await search.films(["The Ninth Flash", "Signal Rock", "Crème & Sugar II", "Spring Cleaning"])
    for asked in ("the ninth flash", "NINTH FLASH", "nin", "ninth fl", "nimth flsh", "theninthflash", "flash ninth"):
        assert (await search.names(asked))[:1] == ["The Ninth Flash"], asked
    for asked in ("creme and sugar 2", "crème & sugar two", "cremesugar", "creme sugar ii"):
        assert (await search.names(asked))[:1] == ["Crème & Sugar II"], asked
    assert await search.names("zzzzqqq") == []
    assert (await search.suggested("sig"))[:1] == ["Signal Rock"]
    answer = await search.search("nimth flsh")
    assert answer["did_you_mean"] == "The Ninth Flash"


async def test_words_are_found_by_their_stems_in_the_languages_of_the_catalogue(search: Search) -> None:
    told = {
        "de": ("Der Leuchtturm", "Zwei Brüder bewachen die Häuser am Meer.", ("Haus", "meeres", "leuchtturms")),
        "fr": ("Le Phare", "Deux gardiennes chantaient ensemble chaque soir.", ("chantait", "gardienne")),
        "es": ("El Faro", "Los pescadores cuentan historias extrañas.", ("pescador", "historia extraña")),
        "en": ("The Lighthouse", "Keepers are counting stones.", ("keeper counts stone",)),
    }
    films = [changed(name, language=language, description=plot) for language, (name, plot, _) in told.items()]
    translated = Localized(language="de", name="Das Kätzchen", description="Eine Katze sucht ihre Geschwister.")
    await search.send(*films, changed("The Kitten", description="A cat is looking.", localized=(translated,)))
    for name, _, asked in told.values():
        for words in asked:
            assert (await search.names(words))[:1] == [name], words
    found = (await search.search("kätzchen"))["items"][0]
    assert found["name"] == "The Kitten"
    assert await search.names("geschwistern") == ["The Kitten"]
    (plot,) = [
        mark for mark in (await search.search("meeres"))["items"][0]["highlights"] if mark["field"] == "description"
    ]
    assert [plot["text"][span["start"] : span["end"]] for span in plot["spans"]] == ["Meer"]


async def test_answers_are_written_as_they_are_declared(search: Search) -> None:
    """They are put together without the models that describe them."""
    await search.film("The Ninth Flash", cast=("Mira Okonkwo",), genres=("Thriller",), year=2023, tags=("lighthouse",))
    shapes: list[tuple[str, type[BaseModel]]] = [("", SearchResults), ("/suggest", Suggestions)]
    for path, shape in shapes:
        for asked in ("ninth flash", "mira okonkwo", "thriller", "nimth", "lighthouse"):
            answer: dict[str, Any] = (await search.call("GET", path, params={"q": asked})).json()
            assert answer["items"], (path, asked)
            assert shape.model_validate(answer, strict=False).model_dump(mode="json") == answer


async def test_what_one_is_about_to_choose_stays_at_the_next_letter(search: Search) -> None:
    named = [
        "The Crown",
        "Stranger Things",
        "Crow Valley",
        "The Crow Man",
        "A Crow",
        "Crows",
        "Crowded",
        "Strange",
        "So Strange",
    ]
    others = [f"{word} {number}" for word in ("Strange Days", "The Crow Road") for number in range(12)]
    await search.films([*named, *others], year=1990)
    await search.film("Never Strange", year=2026)
    for name, typed in {
        "The Crown": "the crown",
        "Crow Valley": "crow valley",
        "Stranger Things": "stranger thi",
    }.items():
        shown = [name in await search.suggested(typed[:length]) for length in range(2, len(typed) + 1)]
        first = shown.index(True)
        assert all(shown[first:]), (name, shown)
    assert (await search.suggested("strange"))[0] == "Strange"
    assert (await search.suggested("crow"))[0] in ("A Crow", "Crows")
