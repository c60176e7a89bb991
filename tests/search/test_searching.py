"""What is found: the journey of a query from what was typed to the titles that were meant."""

from libs.contracts.catalog import Localized
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
