"""Pages of titles for who has no account: public facts alone, at an address that lasts, in HTML that nothing breaks out of."""

import asyncio
import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any, get_args
from uuid import UUID
from xml.etree import ElementTree

import httpx
import pytest

from libs.chassis.ids import new_id
from services.catalog.repository import pages as stored
from services.catalog.service import pages
from tests.catalog.conftest import Catalog

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOSTILE = "</script><script>alert(1)</script>\"'&<!--\u2028"


async def head(catalog: Catalog, ref: str) -> httpx.Response:
    """What anybody gets."""
    return await catalog.client.get(f"/api/v1/pages/title/{ref}")


class Read(HTMLParser):
    """The head as a browser reads it: its title, what its elements say, and the data in its script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.said: dict[str, str] = {}
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._in = tag
        if name := found.get("name") or found.get("property") or found.get("rel"):
            self.said[name] = found.get("content") or found.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts.append(data)
        elif self._in == "title":
            self.said["title"] = data

    @property
    def data(self) -> dict[str, Any]:
        (script,) = self.scripts
        found: dict[str, Any] = json.loads(script)
        return found


async def test_a_page_says_nothing_of_a_language_that_nobody_knows(talking: Catalog) -> None:
    for language, said in (("ko", "ko"), ("und", None)):
        made = await talking.film("Squid", language=language)
        assert Read((await head(talking, made["slug"])).text).data.get("inLanguage") == said


async def test_a_page_says_what_anybody_may_know(talking: Catalog) -> None:
    made = await talking.film(
        "The Ninth Flash", slug="ninth", description="A lamp.\n\nA keeper.", year=2023, genres=["Thriller"],
        cast=["Isolde Harrow"], directors=["Sunniva Falk"], maturity=12, runtime=6240,
    )  # fmt: skip
    await talking.client.put(f"/api/v1/titles/{made['id']}/rating", json={"stars": 4}, headers=talking.viewer)
    for ref in ("ninth", made["id"]):
        answer = await head(talking, ref)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        read = Read(answer.text)
        address = "http://127.0.0.1:8080/title/ninth"
        assert read.said["title"] == "The Ninth Flash (2023) · Bijou"
        assert (read.said["canonical"], read.said["og:url"], read.said["og:type"]) == (address, address, "video.movie")
        assert read.said["description"] == "A lamp. A keeper."
        assert read.data["@type"] == "Movie" and read.data["director"] == [{"@type": "Person", "name": "Sunniva Falk"}]
        assert (read.data["duration"], read.data["aggregateRating"]["ratingValue"]) == ("PT6240S", 4)


async def test_nothing_breaks_out_of_the_page(talking: Catalog) -> None:
    name = HOSTILE.replace("\u2028", "")
    await talking.film(name, slug="hostile", description=HOSTILE, cast=[name])
    read = Read((await head(talking, "hostile")).text)
    assert read.said["title"] == f"{name} · Bijou" and read.said["og:title"] == name
    assert (read.data["name"], read.data["description"], read.data["actor"][0]["name"]) == (name, HOSTILE.strip(), name)


async def test_what_is_not_public_has_no_page(talking: Catalog) -> None:
    draft = await talking.film("Secret draft", slug="secret-draft", published=False)
    adult = await talking.film("Secret night", slug="secret-night", maturity=18)
    far = await talking.film("Secret isle", slug="secret-isle", windows=[{"regions": ["IE"]}])
    soon = (talking.clock.now() + timedelta(hours=1)).isoformat()
    later = await talking.film("Secret dawn", slug="secret-dawn", windows=[{"starts_at": soon}])
    gone = await talking.film("Secret end", slug="secret-end")
    await talking.edit("POST", f"/titles/{gone['id']}/archive")
    sitemap = (await talking.client.get(f"/api/v1/pages/sitemaps/titles/{UUID(int=0)}")).text
    assert "<loc>" in sitemap and "secret-" not in sitemap
    for title in (draft, adult, far, later, gone):
        for ref in (title["id"], title["slug"]):
            answer = await head(talking, ref)
            assert (answer.status_code, answer.json()["code"]) == (404, "title_not_found")
            assert "Secret" not in answer.text
    talking.clock.advance(3600)
    assert (await head(talking, "secret-dawn")).status_code == 200
    assert (await head(talking, str(new_id()))).status_code == 404


async def test_slugs_of_before_lead_to_the_one_of_now(talking: Catalog) -> None:
    made = await talking.film("Tides", slug="tides")
    await talking.change(made["id"], slug="low-tides")
    await talking.change(made["id"], slug="high-tides")
    for old in ("tides", "low-tides"):
        answer = await head(talking, old)
        assert (answer.status_code, answer.headers["location"]) == (301, "/title/high-tides")
        found = await talking.get(f"/titles/by-slug/{old}")
        assert found.json() == {"id": made["id"]}
    # A draft that takes one keeps nobody from following it, and tells nobody that it is there.
    other = await talking.film("Tides, again", slug="tides", published=False)
    for who in (talking.viewer, talking.auth_headers(profile_id=new_id(), maturity=7)):
        assert (await talking.get("/titles/by-slug/tides", who)).json() == {"id": made["id"]}
    assert (await head(talking, "tides")).headers["location"] == "/title/high-tides"
    await talking.asset(other["playable_id"])
    await talking.edit("POST", f"/titles/{other['id']}/publish")
    assert (await talking.get("/titles/by-slug/tides")).json() == {"id": other["id"]}
    assert Read((await head(talking, "tides")).text).said["og:title"] == "Tides, again"
    # Back at a name of before: it is no former one any more.
    await talking.change(made["id"], slug="low-tides")
    assert (await head(talking, "low-tides")).status_code == 200
    assert (await head(talking, "high-tides")).headers["location"] == "/title/low-tides"
    await talking.edit("POST", f"/titles/{made['id']}/unpublish")
    assert [(await head(talking, slug)).status_code for slug in ("low-tides", "high-tides")] == [404, 404]
    assert (await talking.get("/titles/by-slug/high-tides")).status_code == 404


async def test_nobody_is_given_a_slug_by_itself_that_leads_to_another_title(talking: Catalog) -> None:
    made = await talking.film("Brine")
    await talking.change(made["id"], slug="brine-and-salt")
    other = await talking.film("Brine", year=1999, published=False)
    assert other["slug"] == "brine-1999"
    assert (await head(talking, "brine")).headers["location"] == "/title/brine-and-salt"
    # What nobody has seen leads nowhere and is free.
    await talking.change(other["id"], slug="brine-2000")
    assert (await talking.film("Brine", year=1999, published=False))["slug"] == "brine-1999"


async def test_the_list_of_sitemaps_is_told_again_for_a_while(
    talking: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = 0
    starts = stored.starts

    async def counting(*asked: Any) -> list[UUID]:
        nonlocal counted
        counted += 1
        return await starts(*asked)

    monkeypatch.setattr(stored, "starts", counting)
    talking.clock.advance(pages.MAPPED_FOR.total_seconds())
    for asked in (3, 3, 6):
        answers = await asyncio.gather(*(talking.client.get("/api/v1/pages/sitemap.xml") for _ in range(4)))
        assert len({answer.text for answer in answers}) == 1 and counted == asked
        if asked == counted == 3:
            talking.clock.advance(pages.MAPPED_FOR.total_seconds() - 1)
        talking.clock.advance(0.5)


async def test_the_sitemap_has_every_public_page_once(talking: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "URLS", 2)
    talking.clock.advance(pages.MAPPED_FOR.total_seconds())
    made = await talking.film("Mapped", slug="mapped", cast=["Mapped Person"], genres=["Maps & Plans"])
    shelf = await talking.edit("POST", "/collections", json={"name": "Atlas", "title_ids": [made["id"]]})
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

    async def locations(page: str) -> list[str]:
        answer = await talking.client.get(f"/api/v1/pages/{page}")
        assert answer.status_code == 200
        return [str(item.text) for item in ElementTree.fromstring(answer.text).iter(f"{space}loc")]

    maps = await locations("sitemap.xml")
    found = []
    for url in maps:
        parts = re.fullmatch(
            rf"http://127.0.0.1:8080/sitemap-({'|'.join(get_args(pages.Mapped))})-([0-9a-f]{{32}}).xml", url
        )
        assert parts, url
        what, first = parts.groups()
        listed = await locations(f"sitemaps/{what}/{first}")
        assert what == "genres" or len(listed) <= 2
        found += listed
    assert len(found) == len(set(found)) and "http://127.0.0.1:8080/title/mapped" in found
    people = (await talking.get(f"/titles/{made['id']}")).json()["credits"]
    assert f"http://127.0.0.1:8080/person/{people[0]['person_id']}" in found
    assert f"http://127.0.0.1:8080/collection/{shelf.json()['id']}" in found
    assert "http://127.0.0.1:8080/genre/maps-plans" in found
    robots = (await talking.client.get("/api/v1/pages/robots.txt")).text
    assert re.search(r"^Sitemap: http://127.0.0.1:8080/sitemap.xml$", robots, re.MULTILINE)
    assert "Disallow: /api/" in robots and "/title" not in robots


async def test_a_person_has_a_page_where_one_of_their_titles_has(talking: Catalog) -> None:
    made = await talking.film("Paged", slug="paged", cast=[HOSTILE.replace("\u2028", "")], directors=["Nadir Quell"])
    hidden = await talking.film("Paged by night", slug="paged-night", maturity=18, cast=["Nobody Public"])
    credits = (await talking.edit("GET", f"/titles/{made['id']}")).json()["credits"]
    known, hostile = sorted(credits, key=lambda credit: credit["role"] != "director")
    (nobody,) = (await talking.edit("GET", f"/titles/{hidden['id']}")).json()["credits"]

    async def person(of: str) -> httpx.Response:
        return await talking.client.get(f"/api/v1/pages/person/{of}")

    read = Read((await person(known["person_id"])).text)
    address = f"http://127.0.0.1:8080/person/{known['person_id']}"
    assert (read.said["title"], read.said["canonical"], read.said["og:type"]) == (
        "Nadir Quell · Bijou", address, "profile",
    )  # fmt: skip
    assert read.data == {"@context": "https://schema.org", "@type": "Person", "name": "Nadir Quell", "url": address}
    assert Read((await person(hostile["person_id"])).text).data["name"] == hostile["name"]
    for absent in (nobody["person_id"], str(new_id())):
        answer = await person(absent)
        assert answer.status_code == 404 and "Nobody" not in answer.text
    body = {"into": known["person_id"]}
    merged = await talking.edit("POST", f"/people/{hostile['person_id']}/merge", json=body)
    assert merged.status_code == 200, merged.text
    moved = await person(hostile["person_id"])
    assert (moved.status_code, moved.headers["location"]) == (301, f"/person/{known['person_id']}")


async def test_genres_and_collections_have_pages_of_what_anybody_may_see(talking: Catalog) -> None:
    lamp = await talking.film("Lamp", slug="lamp", genres=["Lamps & Light"])
    night = await talking.film("Night lamp", slug="night-lamp", genres=["Lamps & Light", "Night only"], maturity=18)
    body = {"name": HOSTILE.replace("\u2028", ""), "description": "Lit.", "title_ids": [night["id"], lamp["id"]]}
    shelf = (await talking.edit("POST", "/collections", json=body)).json()["id"]
    body = {"name": "Unseen", "title_ids": [night["id"]]}
    unseen = (await talking.edit("POST", "/collections", json=body)).json()["id"]

    async def page(path: str) -> httpx.Response:
        return await talking.client.get(f"/api/v1/pages/{path}")

    genre, collection = [Read((await page(path)).text) for path in ("genre/lamps-light", f"collection/{shelf}")]
    assert genre.said["title"] == "Lamps & Light · Bijou"
    assert (collection.data["name"], collection.said["description"]) == (HOSTILE.replace("\u2028", ""), "Lit.")
    assert collection.said["canonical"] == f"http://127.0.0.1:8080/collection/{shelf}"
    for read in (genre, collection):
        items = read.data["mainEntity"]["itemListElement"]
        assert [item["url"] for item in items] == ["http://127.0.0.1:8080/title/lamp"]
    for absent in ("genre/night-only", "genre/none", f"collection/{unseen}", f"collection/{new_id()}"):
        answer = await page(absent)
        assert answer.status_code == 404 and "night" not in answer.text.lower()


async def test_genres_of_any_script_have_pages(talking: Catalog) -> None:
    await talking.film("Tear", slug="tear", genres=["Драма"])
    for by_name in ("драма", "Драма"):
        moved = await talking.client.get(f"/api/v1/pages/genre/{by_name}")
        assert (moved.status_code, moved.headers["location"]) == (301, "/genre/drama"), "as it was named before"
    answer = await talking.client.get("/api/v1/pages/genre/drama")
    read = Read(answer.text)
    assert (answer.status_code, read.said["title"]) == (200, "Драма · Bijou")
    mapped = (await talking.client.get(f"/api/v1/pages/sitemaps/genres/{UUID(int=0)}")).text
    assert read.said["canonical"].isascii() and f"<loc>{read.said['canonical']}</loc>" in mapped


async def test_who_is_credited_on_an_episode_alone_has_a_page_once_it_is_shown(talking: Catalog) -> None:
    title_id, ((episode,),) = await talking.series("Guests", 1, 1)
    body = {"credits": [{"name": "Guest Star", "role": "actor"}]}
    changed = (await talking.edit("PATCH", f"/episodes/{episode['id']}", json=body)).json()
    season = changed["seasons"][0]
    person = season["episodes"][0]["credits"][0]["person_id"]
    coming = {"number": 2, "name": "Later", "credits": [{"name": "Later Star", "role": "actor"}]}
    await talking.edit("POST", f"/seasons/{season['id']}/episodes", json=coming)
    episodes = (await talking.edit("GET", f"/titles/{title_id}")).json()["seasons"][0]["episodes"]
    later = episodes[1]["credits"][0]["person_id"]
    mapped = (await talking.client.get(f"/api/v1/pages/sitemaps/people/{UUID(int=0)}")).text
    for who, status in ((person, 200), (later, 404)):
        assert (await talking.client.get(f"/api/v1/pages/person/{who}")).status_code == status
        assert (await talking.get(f"/people/{who}")).status_code == status, "as in the app"
        assert (f"/person/{who}<" in mapped) == (status == 200)


async def test_a_page_speaks_the_language_that_is_asked_for(talking: Catalog) -> None:
    made = await talking.film("The Moss", slug="the-moss", description="Slow.", genres=["Mossy"])
    await talking.edit("PUT", f"/titles/{made['id']}/texts/de", json={"name": "Das Moos"})
    for query, speaking, name, language in (
        ("", "", "The Moss", "en"), ("", "de-AT,de;q=0.9", "Das Moos", "de"), ("?lang=de", "en", "Das Moos", "de"),
        ("?lang=fr", "de", "The Moss", "en"), ("", "nonsense;;", "The Moss", "en"),
    ):  # fmt: skip
        path = f"/api/v1/pages/title/the-moss{query}"
        answer = await talking.client.get(path, headers={"Accept-Language": speaking})
        read = Read(answer.text)
        assert (read.said["title"], read.data["name"], read.said["description"]) == (f"{name} · Bijou", name, "Slow.")
        assert (answer.headers["content-language"], answer.headers["vary"]) == (language, "Accept-Language")
        assert read.said["canonical"] == "http://127.0.0.1:8080/title/the-moss", "one page in every language"
    for speaking, said in (("de", "Mossy: Filme und Serien auf Bijou."), ("fr", "Mossy: films and series on Bijou.")):
        answer = await talking.client.get("/api/v1/pages/genre/mossy", headers={"Accept-Language": speaking})
        assert Read(answer.text).said["description"] == said
    assert (await talking.client.get("/api/v1/pages/title/the-moss?lang=%3Cde")).status_code == 422


async def test_people_and_collections_are_described_in_the_language_that_is_asked_for(talking: Catalog) -> None:
    made = await talking.film("Keeper", slug="keeper", directors=["Orla Vane"])
    (credit,) = (await talking.edit("GET", f"/titles/{made['id']}")).json()["credits"]
    body: dict[str, Any] = {"biography": "Films lamps.", "texts": {"de": {"biography": "Filmt Lampen."}}}
    person = f"/people/{credit['person_id']}"
    assert (await talking.edit("PATCH", person, json=body, headers={"If-Match": "*"})).status_code == 200
    body = {
        "name": "By the sea",
        "description": "Lamps.",
        "texts": {"de": {"name": "Am Meer", "description": "Licht."}},
    }
    shelf = (await talking.edit("POST", "/collections", json={**body, "title_ids": [made["id"]]})).json()["id"]
    for query, speaking, life, name, about, language in (
        ("", "", "Films lamps.", "By the sea", "Lamps.", None),
        ("", "de-AT,en;q=0.5", "Filmt Lampen.", "Am Meer", "Licht.", "de"),
        ("?lang=de", "en", "Filmt Lampen.", "Am Meer", "Licht.", "de"),
        ("?lang=fr", "de", "Films lamps.", "By the sea", "Lamps.", None),
    ):
        pages_of = f"person/{credit['person_id']}", f"collection/{shelf}"
        for path, title, said in zip(pages_of, ("Orla Vane", name), (life, about), strict=True):
            answer = await talking.client.get(f"/api/v1/pages/{path}{query}", headers={"Accept-Language": speaking})
            read = Read(answer.text)
            assert (read.said["og:title"], read.said["og:description"], read.data["name"]) == (title, said, title)
            assert (answer.headers.get("content-language"), answer.headers["vary"]) == (language, "Accept-Language")
