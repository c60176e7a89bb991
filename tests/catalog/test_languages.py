"""Titles in the viewer's language: the profile's, else what the browser asks for; each thing falls back by itself."""

from typing import Any

import pytest

from libs.chassis.ids import new_id
from libs.chassis.languages import chain, wanted
from libs.contracts.catalog import TitleChanged
from services.catalog.certificates import SYSTEMS, UnknownCertificate, age_of, age_of_all
from tests.catalog.conftest import Catalog
from tests.catalog.test_images import encoded, plain


@pytest.mark.parametrize(
    ("profile", "header", "expected"),
    [
        ("pt-br", "de", ("pt-BR",)),
        ("", "de-AT, en;q=0.8, fr;q=0.9", ("de-AT", "fr", "en")),
        ("", "de;q=0, *;q=0.5, ;;, en", ("en",)),
        ("", "de;q=9, " + "x" * 5000, ()),
        ("", "zh-hant-tw, zh", ("zh-Hant-TW", "zh")),
        ("", "", ()),
        ("", ", ".join(f"{chr(97 + n)}a" for n in range(20)), ("aa", "ba", "ca", "da", "ea")),
    ],
)
def test_what_somebody_reads(profile: str, header: str, expected: tuple[str, ...]) -> None:
    assert wanted(profile, header) == expected


@pytest.mark.parametrize(
    ("viewer", "own", "places"),
    [
        (("de",), "ja", ["de", None, "en"]),
        (("de-AT",), "ja", ["de-AT", "de", None, "en"]),
        (("en-GB",), "en", ["en-GB", None, "en"]),
        (("pt-BR", "fr"), "pt", ["pt-BR", None, "en"]),
        (("en-GB",), "en-gb", [None, "en"]),
        (("en-GB",), "en-US", ["en-GB", None, "en"]),
        (("pt",), "pt-BR", ["pt", None, "en"]),
        (("ja", "de"), "ja", [None, "en"]),
        ((), "ja", [None, "en"]),
    ],
)
def test_where_it_is_looked_for(viewer: tuple[str, ...], own: str, places: list[str | None]) -> None:
    assert chain(viewer, own) == places


@pytest.mark.parametrize(
    ("viewer", "own", "others", "places"),
    [
        (("pt",), "ja", ("pt-BR", "de"), ["pt", "pt-BR", None, "en"]),
        (("pt-PT", "fr"), "ja", ("fr-CA", "pt-BR"), ["pt-PT", "pt", "pt-BR", "fr", "fr-CA", None, "en"]),
        (("pt-PT",), "pt", ("pt-BR",), ["pt-PT", None, "pt-BR", "en"]),
        (("pt-PT",), "ja", ("pt-BR", "pt-PT"), ["pt-PT", "pt", "pt-BR", None, "en"]),
        (("de",), "ja", ("en-GB", "fr"), ["de", None, "en", "en-GB"]),
    ],
)
def test_another_region_of_a_language_is_better_than_another_language(
    viewer: tuple[str, ...], own: str, others: tuple[str, ...], places: list[str | None]
) -> None:
    assert chain(viewer, own, others) == places


@pytest.mark.parametrize("language", ["pt", "pt-PT"])
async def test_who_reads_portuguese_reads_what_was_translated_for_brazil(catalog: Catalog, language: str) -> None:
    made = await catalog.film("Sakura", language="ja", description="Haru.")
    path = f"/titles/{made['id']}"
    put = await catalog.edit("PUT", f"{path}/texts/pt-BR", json={"name": "Cerejeira"})
    assert put.status_code == 200, put.text
    for query, color in (("", (200, 0, 0)), ("?language=pt-BR", (0, 200, 0))):
        await catalog.edit("PUT", f"{path}/artwork/poster{query}", content=encoded(plain(400, 600, color)))
    theirs = (await catalog.get(path, catalog.auth_headers(profile_id=new_id(), language=language))).json()
    others = (await catalog.get(path, catalog.auth_headers(profile_id=new_id(), language="fr"))).json()
    assert (theirs["name"], theirs["text_language"], others["name"]) == ("Cerejeira", "pt-BR", "Sakura")
    assert theirs["artwork"]["poster"] != others["artwork"]["poster"]


def test_national_ratings_stand_for_our_ages() -> None:
    assert {age for ratings in SYSTEMS.values() for age in ratings.values()} <= {0, 7, 12, 16, 18}
    assert [age_of(*item) for item in (("FSK", "6"), ("BBFC", "15"), ("MPA", "R"), ("TVPG", "TV-14"))] == [
        7,
        16,
        18,
        16,
    ]
    assert age_of_all({"FSK": "12", "BBFC": "15"}) == 16, "the strictest decides"
    assert age_of_all({}) is None
    for system, rating in (("FSK", "13"), ("XXX", "1")):
        with pytest.raises(UnknownCertificate):
            age_of(system, rating)


async def test_a_title_speaks_the_viewers_language(catalog: Catalog) -> None:
    made = await catalog.film(
        "Sakura", language="ja", description="Spring.", other_names=["Cherry"], certificates={"FSK": "12", "BBFC": "15"},
        descriptors=["fear"],
    )  # fmt: skip
    path = f"/titles/{made['id']}"
    german = {"name": "Kirschblüte", "tagline": "Der Frühling kommt."}
    put = await catalog.edit("PUT", f"{path}/texts/DE", json=german)
    assert put.status_code == 200, put.text
    await catalog.edit("PUT", f"{path}/texts/en", json={"tagline": "Spring comes."})
    for query, color in (("", (200, 0, 0)), ("?language=de", (0, 200, 0))):
        picture = await catalog.edit("PUT", f"{path}/artwork/poster{query}", content=encoded(plain(400, 600, color)))
        assert picture.status_code == 200, picture.text

    async def said(speaking: str = "", **viewer: Any) -> tuple[dict[str, Any], str]:
        headers = catalog.auth_headers(profile_id=new_id(), **viewer) | {"Accept-Language": speaking}
        answer = await catalog.get(path, headers)
        assert {"Authorization", "Accept-Language"} == {part.strip() for part in answer.headers["vary"].split(",")}
        listed = await catalog.get("/titles", headers)
        [card] = listed.json()["items"]
        shown = answer.json()
        assert [card[key] for key in ("name", "description")] == [shown[key] for key in ("name", "description")]
        assert card["poster_url"] == shown["artwork"]["poster"]
        assert listed.headers["content-language"] == answer.headers["content-language"] == shown["text_language"]
        again = await catalog.get(path, headers | {"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.headers["content-language"]) == (304, shown["text_language"])
        return shown, answer.headers["etag"]

    mine, tag = await said(language="de-AT", speaking="fr")
    assert (mine["name"], mine["description"], mine["tagline"]) == ("Kirschblüte", "Spring.", "Der Frühling kommt.")
    assert mine["text_language"] == "de"
    assert (await said(speaking="de"))[0]["name"] == "Kirschblüte", "without a language of the profile"
    original, other = await said(language="fr", speaking="de")
    assert (original["name"], original["text_language"], original["tagline"]) == ("Sakura", "ja", "Spring comes.")
    assert original["artwork"]["poster"] != mine["artwork"]["poster"]
    assert tag != other
    assert (original["maturity"], original["descriptors"], original["other_names"]) == (16, ["fear"], ["Cherry"])
    assert original["certificates"] == [{"system": "BBFC", "rating": "15"}, {"system": "FSK", "rating": "12"}]

    told = TitleChanged.model_validate((await catalog.events(made["id"]))[-1])
    assert [(item.language, item.name, item.tagline) for item in told.localized] == [
        ("de", "Kirschblüte", "Der Frühling kommt."), ("en", None, "Spring comes."),
    ]  # fmt: skip
    assert told.localized[0].poster_url == mine["artwork"]["poster"]
    assert (told.other_names, told.descriptors) == (("Cherry",), ("fear",))

    changed = await catalog.change(made["id"], certificates={"MPA": "R"})
    assert changed["maturity"] == 18
    assert (await catalog.change(made["id"], certificates={"MPA": "R"}, maturity=16))["maturity"] == 16
    bad = await catalog.edit("PATCH", path, json={"certificates": {"FSK": "13"}}, headers={"If-Match": "*"})
    assert (bad.status_code, "0, 6, 12, 16, 18" in bad.text) == (422, True)
    assert (await catalog.edit("DELETE", f"{path}/texts/de")).status_code == 204
    assert (await said(language="de"))[0]["name"] == "Sakura"
    assert (await catalog.edit("DELETE", f"{path}/texts/de")).json()["code"] == "language_not_found"
