"""What is found is shown in the language of whoever looks, as it is on every other page."""

from typing import Any

from libs.chassis.ids import new_id
from libs.contracts.catalog import Localized
from libs.contracts.identity import AccountChanged, Profile
from services.search.service import projections
from tests.search.conftest import NOON, Search, received
from tests.search.test_recents import asked

GERMAN = Localized(
    language="de", name="Das neunte Licht", description="Der Leuchtturm blinkt neunmal.",
    poster_url="/images/a/poster-de.webp",
)  # fmt: skip
FRENCH = Localized(language="fr", description="Un phare.")


async def ninth(search: Search) -> str:
    title = await search.film(
        "The Ninth Flash", description="A lighthouse.", poster_url="/images/a/poster-en.webp",
        backdrop_url="/images/a/backdrop.webp", localized=(GERMAN, FRENCH),
    )  # fmt: skip
    return str(title)


def shown(item: dict[str, Any]) -> tuple[str, str]:
    return item["name"], item["poster_url"].removeprefix("/images/a/")


async def test_a_title_is_shown_in_the_viewers_language_wherever_it_is_found(search: Search) -> None:
    title = await ninth(search)
    german = search.auth_headers(profile_id=new_id(), language="de-AT")
    french = search.auth_headers(profile_id=new_id(), language="fr")
    for words in ("ninth flash", "neunte licht"):
        (item,) = (await search.search(words, german))["items"]
        assert shown(item) == ("Das neunte Licht", "poster-de.webp")
        assert (item["description"], item["backdrop_url"]) == (GERMAN.description, "/images/a/backdrop.webp")
        (item,) = (await search.search(words, french))["items"]
        assert (*shown(item), item["description"]) == ("The Ninth Flash", "poster-en.webp", "Un phare.")
        (item,) = (await search.search(words))["items"]
        assert (*shown(item), item["description"]) == ("The Ninth Flash", "poster-en.webp", "A lighthouse.")
    # Why it was found is said of what is shown first.
    marked = (await search.search("neunte", german))["items"][0]["highlights"][0]
    assert (marked["field"], marked["text"], marked["spans"]) == ("name", "Das neunte Licht", [{"start": 4, "end": 10}])
    (suggested,) = (await search.call("GET", "/suggest", german, params={"q": "neun"})).json()["items"]
    assert shown(suggested) == ("Das neunte Licht", "poster-de.webp") and suggested["spans"]
    discovered = (await search.call("POST", "/discover", german, json={"text": "a lighthouse"})).json()["items"]
    assert [shown(item) for item in discovered] == [("Das neunte Licht", "poster-de.webp")]
    assert (await search.search("neunte lict", german))["did_you_mean"] == "Das neunte Licht"
    for _ in range(2):
        viewer = search.auth_headers(profile_id=new_id())
        answer = await asked(search, "ninth", viewer)
        body = {"query_id": answer["query_id"], "title_id": title, "position": 1}
        assert (await search.call("POST", "/clicks", viewer, json=body)).status_code == 204
    for headers, name in ((german, "Das neunte Licht"), (french, "The Ninth Flash")):
        (trending,) = (await search.call("GET", "/trending", headers)).json()["items"]
        assert trending["text"] == name


async def test_a_language_that_was_changed_counts_before_the_token_ends(search: Search) -> None:
    await ninth(search)
    account, profile = new_id(), new_id()
    headers = search.auth_headers(account_id=account, profile_id=profile, language="en")
    assert await search.names("ninth", headers) == ["The Ninth Flash"]
    event = AccountChanged(
        account_id=account, version=1, changed_at=NOON, profiles=(Profile(id=profile, name="Ada", language="de"),)
    )
    async with search.db.transaction() as session:
        await projections.accounts_changed(session, [received(event)])
    assert await search.names("ninth", headers) == ["Das neunte Licht"]
