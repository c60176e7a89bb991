"""Names as people type them: of people, in pieces or by the last of them; with numbers; in signs that are no letters."""

from typing import Any

import pytest

from tests.search.conftest import Search, changed


@pytest.fixture
async def cast(search: Search) -> Search:
    def film(name: str, *people: str, **more: Any) -> Any:
        return changed(name, cast=people, **more)

    await search.send(
        film("Harbour Lights", "Leonardo DiCaprio"), film("Backfire", "Robert De Niro"), film("Slow Trains", "Robert De Niro"),
        *(film(f"Long Way {number}", "Tom Hanks") for number in ("North", "South", "East")),
        film("Short Way", "Colin Hanks"), film("Hank: Five Years", "Hank Stone"), film("Deep Sleep", "Christopher Nolan"),
        film("Other Sleep", "Christopher Nolan"), film("Game Voices", "Nolan North"), film("Court Days", "Michael B. Jordan"),
        film("Ranger Days", "Michael Fox", country="JO"), film("Portal Pair", "Rick Worthy"), film("Dark", "Darkiel"),
        film("Harbour Dark", "Darko Peric"), film("Mean Streets", "Martin Scorsese"),
    )  # fmt: skip
    return search


PEOPLE = {
    "di caprio": ["Leonardo DiCaprio"], "dicaprio": ["Leonardo DiCaprio"], "leonardo di caprio": ["Leonardo DiCaprio"],
    "deniro": ["Robert De Niro"], "de niro": ["Robert De Niro"], "robert deniro": ["Robert De Niro"],
    "scorsese": ["Martin Scorsese"], "hanks": ["Tom Hanks", "Colin Hanks"], "nolan": ["Christopher Nolan"],
    "michael jordan": ["Michael B. Jordan"], "rick and morty": [], "dark": [], "christopher nol": ["Christopher Nolan"],
}  # fmt: skip


async def test_people_are_named_by_their_last_name_and_in_pieces_and_nobody_far_fetched(cast: Search) -> None:
    for asked, wanted in PEOPLE.items():
        assert [person["name"] for person in (await cast.search(asked))["people"]] == wanted, asked
    for asked, title in {
        "deniro": "Slow Trains",
        "hanks": "Long Way North",
        "michael jordan": "Court Days",
        "di caprio": "Harbour Lights",
    }.items():
        assert title in (await cast.names(asked))[:3], asked


async def test_numbers_are_one_however_they_are_written(search: Search) -> None:
    await search.films(["Rocky", "Rocky II", "Rocky III", "Rocky IV", "Rocky V", "The Doll 2", "Jaws 2", "Two Lives"])
    for asked, wanted in {
        "rocky 2": "Rocky II", "rocky two": "Rocky II", "rocky ii": "Rocky II", "rocky 4": "Rocky IV", "rocky 5": "Rocky V",
        "jaws two": "Jaws 2", "jaws ii": "Jaws 2", "2 lives": "Two Lives", "rocky": "Rocky",
    }.items():  # fmt: skip
        assert (await search.names(asked))[0] == wanted, asked
        assert (await search.suggested(asked))[0] == wanted, asked


async def test_signs_are_right_or_wrong_and_never_nearly_right(search: Search) -> None:
    await search.film("Long Hall", directors=("Wong Jing",))
    await search.films(["Tribes of Europa", "Chasing the Dragon", "東京物語", "日本沈没", "기생충"])
    assert await search.names("日本") == ["日本沈没"]
    assert await search.names("東京") == ["東京物語"]
    assert await search.names("기생충") == ["기생충"]
    assert await search.names("北京") == []
    assert await search.suggested("北京") == []
    assert (await search.search("東京"))["people"] == []


async def test_short_words_for_genres_are_read_and_what_is_glued_is_not_corrected(search: Search) -> None:
    await search.send(
        changed("Star Harbour", genres=("TV Sci-Fi & Fantasy",), type="series"),
        changed("Red Mud", genres=("Science & Nature TV",)),
        changed("Rain in Busan", genres=("TV Dramas",), country="KR"), changed("Roman Wall", genres=("TV Dramas",), country="IT"),
        changed("Spider-Man 3"),
    )  # fmt: skip
    assert (await search.names("science fiction series"))[:1] == ["Star Harbour"]
    assert [genre["id"] for genre in (await search.search("science fiction"))["genres"]] == ["tv-sci-fi-fantasy"]
    assert (await search.names("kdrama"))[:1] == (await search.names("k-drama"))[:1] == ["Rain in Busan"]
    assert (await search.search("spiderman"))["did_you_mean"] is None
    assert (await search.search("spidrman"))["did_you_mean"] == "Spider-Man 3"


async def test_who_names_a_kind_as_several_films_are_named_finds_films_first(search: Search) -> None:
    """However new a series is: who means one says documentary series, and the genre alone says nothing."""
    await search.send(
        changed("Moss on Film", genres=("Documentary",), country="IT", year=2019),
        changed("Moss in Parts", genres=("Documentary",), country="IT", year=2021, type="series"),
    )
    films_first = ["Moss on Film", "Moss in Parts"]
    assert await search.names("italian documentaries") == films_first
    assert (await search.names("italian documentary series"))[0] == "Moss in Parts"
    assert await search.names("italian documentary") == films_first[::-1]


async def test_words_of_other_languages_and_what_is_only_likely_are_read(search: Search) -> None:
    await search.send(
        changed("Regenwald", type="series", country="DE", language="de"), changed("Rua Nova", country="Brazil"),
        changed("Casa Alta", country="ES", language="es"), changed("Gece", country="TR"),
        changed("Vie Douce", country="FR", genres=("Comedies",)), changed("Vie Dure", country="FR", genres=("Dramas",)),
        changed("Dil Nagar", country="India", language="und"), changed("Chennai Road", country="IN", language="ta"),
        changed("You", type="series"), changed("You Cannot Hide"), changed("Three Seasons", description="Nobody and 3 others."),
    )  # fmt: skip
    for asked, wanted in {
        "deutsche serie": ["Regenwald"], "brasil": ["Rua Nova"], "español": ["Casa Alta"], "pelicula turca": ["Gece"],
        "türkisch": ["Gece"], "comédie française": ["Vie Douce"], "französische komödie": ["Vie Douce"],
        "hindi movies": ["Dil Nagar"], "tamil movies": ["Chennai Road"],
    }.items():  # fmt: skip
        assert await search.names(asked) == wanted, asked
    assert (await search.names("you season 3"))[0] == "You"
    told = (await search.call("POST", "/discover", json={"text": "something in hindi"})).json()
    assert [item["name"] for item in told["items"]] == ["Dil Nagar"]


async def test_kinds_are_read_by_what_people_call_them_in_english_german_and_spanish(search: Search) -> None:
    await search.send(
        changed("Night Pier", genres=("Crime TV Shows",)), changed("Casa Vieja", genres=("Horror Movies",), country="ES"),
        changed("Rua Nova", genres=("Horror Movies",), country="BR"), changed("Ein Sommer", genres=("Romantic Movies",)),
        changed("Bears", genres=("Science & Nature TV",)), changed("Tin Star", genres=("Action & Adventure",)),
        changed("Terror in the Bay", genres=("Dramas",)),
    )  # fmt: skip
    for asked, wanted in {
        "film noir": ["Night Pier"], "cine negro": ["Night Pier"], "whodunit": ["Night Pier"], "kriminalfilm": ["Night Pier"],
        "pelicula de terror": ["Casa Vieja", "Rua Nova"], "slasher": ["Casa Vieja", "Rua Nova"],
        "horrorfilm": ["Casa Vieja", "Rua Nova"], "terror brasileiro": ["Rua Nova"], "brasilianischer horrorfilm": ["Rua Nova"],
        "película española de miedo": ["Casa Vieja"], "liebesfilm": ["Ein Sommer"], "tierdoku": ["Bears"],
        "spaghetti western": ["Tin Star"],
    }.items():  # fmt: skip
        found = [name for name in await search.names(asked) if name != "Terror in the Bay"]
        assert sorted(found) == wanted, asked
    told = (await search.call("POST", "/discover", json={"text": "una película de terror brasileña"})).json()
    assert [item["name"] for item in told["items"]] == ["Rua Nova"]
    assert (await search.names("terror in the bay"))[0] == "Terror in the Bay"


async def test_words_for_children_weigh_whom_a_title_is_for(search: Search) -> None:
    await search.send(
        changed("Momma, Mexican Kids", maturity=18, description="Stand-up about dinosaurs.", genres=("Stand-Up Comedy",)),
        changed("Trucks and Teeth", maturity=0, description="Dinosaurs that build.", genres=("Kids' TV",), type="series"),
        changed("Kids", maturity=18, genres=("Dramas",)),
    )  # fmt: skip
    assert (await search.names("kids dinosaurs"))[0] == "Trucks and Teeth"
    assert (await search.names("dinosaurs for kids"))[0] == "Trucks and Teeth"
    assert (await search.names("kids"))[0] == "Kids"
    assert (await search.names("momma mexican kids"))[0] == "Momma, Mexican Kids"


async def test_where_nothing_fits_the_answer_says_so(search: Search) -> None:
    await search.films(["Juman", "Stuart Little", "Brahman Naman", "The Irishman"])
    await search.film("Kestrels", description="A boy and his bird.", cast=("Mira Okonkwo", "Shashank Arora"))
    for asked, sure in {
        "jumanjii": False, "shawshank": False, "juman": True, "the irshman": True, "stuart": True, "okonkwo": True,
        "bird boy": True, "": True, "zzqqxx": False,
    }.items():  # fmt: skip
        assert (await search.search(asked))["sure"] is sure, asked
