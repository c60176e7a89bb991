"""What a profile watches decides between titles that fit nearly equally well, and nothing else; it goes with the profile."""

from pathlib import Path
from uuid import UUID

from libs.chassis.ids import new_id
from libs.contracts.identity import AccountChanged, Profile
from libs.contracts.playback import SessionStarted
from services.search.domain import learned
from services.search.engine.taste import Taste
from services.search.service import projections
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.search.conftest import NOON, Search, changed, received, serving


def play(account: UUID, profile: UUID, title: UUID, *, trailer: bool = False) -> SessionStarted:
    return SessionStarted(
        session_id=new_id(), account_id=account, profile_id=profile, title_id=title, playable_id=new_id(), asset_id=new_id(),
        position=0, started_at=NOON, trailer=trailer,
    )  # fmt: skip


async def watching(search: Search) -> tuple[UUID, UUID, dict[str, str]]:
    """A profile that has watched three comedies, among titles that fit equally well."""
    account, profile = new_id(), new_id()
    laughs = [changed(f"Laugh {number}", genres=("Comedy",), cast=("Mira Okonkwo",)) for number in range(3)]
    await search.send(
        *laughs, changed("Moss Tale", genres=("Drama",), year=2020), changed("Moss Tale", genres=("Comedy",), year=2019),
        changed("Fern", genres=("Drama",)), changed("Fern Tales", genres=("Comedy",)),
    )  # fmt: skip
    await search.send(*(play(account, profile, film.title_id) for film in laughs))
    return account, profile, search.auth_headers(account_id=account, profile_id=profile)


async def first_genre(search: Search, q: str, headers: dict[str, str] | None = None) -> str:
    items = (await search.search(q, headers))["items"]
    return str(items[0]["genres"][0])


async def test_taste_decides_only_between_equals_and_is_erased_with_its_profile(search: Search) -> None:
    account, profile, fan = await watching(search)
    assert await first_genre(search, "moss tale") == "Drama"
    assert await first_genre(search, "moss tale", fan) == "Comedy"
    # What was meant stays first, and everything that is found is found.
    assert (await search.names("fern", fan)) == (await search.names("fern")) == ["Fern", "Fern Tales"]
    # A trailer is no play, and one play no taste.
    other = new_id()
    films = [film["title_id"] for film in (await search.search("laugh"))["items"]]
    await search.send(play(account, other, UUID(films[0])), play(account, other, UUID(films[1]), trailer=True))
    once = search.auth_headers(account_id=account, profile_id=other)
    assert await first_genre(search, "moss tale", once) == "Drama"
    stays = AccountChanged(account_id=account, version=2, changed_at=NOON, profiles=(Profile(id=other, name="Ada"),))
    before = AccountChanged(
        account_id=account, version=1, changed_at=NOON, profiles=(Profile(id=profile, name="Eve"), *stays.profiles)
    )
    for told in (before, stays):
        async with search.db.transaction() as session:
            await projections.accounts_changed(session, [received(told)])
    assert [row["profile_id"] for row in await search.rows("SELECT profile_id FROM tastes")] == [other]
    assert await first_genre(search, "moss tale", fan) == "Drama"
    # A play that was on its way does not bring it back, and one that nobody told us of goes as well.
    await search.send(play(account, profile, UUID(films[0])))
    assert [row["profile_id"] for row in await search.rows("SELECT profile_id FROM tastes")] == [other]
    stranger, unknown = new_id(), new_id()
    await search.send(play(stranger, unknown, UUID(films[0])))
    for told in (
        AccountChanged(account_id=stranger, version=4, changed_at=NOON, erased_profiles=(unknown,)),
        AccountChanged(account_id=account, version=3, changed_at=NOON, status="erased", erased_profiles=(other,)),
    ):
        async with search.db.transaction() as session:
            await projections.accounts_changed(session, [received(told)])
    await search.send(play(account, other, UUID(films[0])))
    assert await search.rows("SELECT profile_id FROM tastes") == []


async def test_with_the_flag_off_everybody_has_the_same_order(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, tmp_path: Path
) -> None:
    url = await database("services.search")
    async with serving(url, jwks_cache, auth_headers, tmp_path, personal=False) as search:
        _, _, fan = await watching(search)
        assert await first_genre(search, "moss tale", fan) == await first_genre(search, "moss tale") == "Drama"


def test_older_plays_fade_and_few_things_are_kept() -> None:
    weights: dict[str, float] = {}
    for number in range(40):
        weights = learned(weights, {f"g{number}", "comedy"}, 12)
    assert len(weights) == 12
    assert next(iter(weights)) == "comedy"
    assert "g0" not in weights
    liked = Taste.of(weights, {"a": 1.0, "b": 2.0})
    assert (len(liked.genres), len(liked.people)) == (1, 1)
    assert liked.likes({"genres": ["comedy"], "credits": list(liked.people)}) == 1.0
