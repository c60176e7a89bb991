"""What a viewer may not see leaves no trace: not as a title, a suggestion, a count, a person, a genre, a correction."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.chassis.ids import new_id
from libs.contracts.catalog import Credit, TitleChanged, TitleRated, Window
from libs.contracts.envelope import Event
from services.search.engine import candidates
from services.search.engine import windows as windows_module
from services.search.engine.visibility import Limits, Viewer
from tests.examples import examples
from tests.search.conftest import NOON, Search, changed, played

AGES = (0, 7, 12, 16, 18)
COUNTRIES = ("US", "DE", "IE")
MOMENTS = [None, *(NOON + timedelta(hours=hours) for hours in (-2, -1, 0, 1, 2))]
SYLLABLES = ("ba", "de", "fi", "go", "lu", "mo", "ne", "pra", "sti", "tor", "vek", "zul")
NUMBERS = count(1)

windows = st.builds(
    lambda start, length, regions: Window(
        starts_at=start, ends_at=(start or NOON) + length if length else None, regions=tuple(sorted(regions))
    ),
    st.sampled_from(MOMENTS),
    st.sampled_from([None, timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3)]),
    st.sets(st.sampled_from(COUNTRIES), max_size=2),
)
facts = st.fixed_dictionaries(
    {
        "maturity": st.sampled_from(AGES),
        "status": st.sampled_from([*["published"] * 6, "draft", "review", "approved", "scheduled", "archived"]),
        "windows": st.one_of(st.just(()), st.lists(windows, min_size=1, max_size=6).map(tuple)),
    }
)


def word(number: int) -> str:
    """A word that no other number has, unlike the others."""
    digits: list[str] = []
    while number or not digits:
        number, digit = divmod(number, len(SYLLABLES))
        digits.append(SYLLABLES[digit])
    return "qu" + "".join(digits) + "x"


def may_see(title: TitleChanged, country: str, maturity: int, now: datetime) -> bool:
    """The rule, as the contract says it."""
    return (
        title.status == "published"
        and title.maturity <= maturity
        and (not title.windows or any(_open(window, country, now) for window in title.windows))
    )


def _open(window: Window, country: str, now: datetime) -> bool:
    begun = window.starts_at is None or window.starts_at <= now
    over = window.ends_at is not None and window.ends_at <= now
    return begun and not over and (not window.regions or country in window.regions)


def traces(answer: dict[str, Any]) -> set[str]:
    """Everything an answer names, but for counts."""
    named = {item["title_id"] for item in answer["items"]}
    named |= {person["name"] for person in answer["people"]} | {genre["name"] for genre in answer["genres"]}
    named |= {value["name"] for value in answer["facets"]["genres"]}
    return named | ({answer["did_you_mean"]} - {None})


@given(
    catalogue=st.lists(facts, min_size=4, max_size=10),
    viewers=st.lists(st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(AGES)), min_size=1, max_size=2, unique=True),
    lowered=st.sampled_from(AGES[:3]),
    hours=st.sampled_from([-1.0, 0.0, 0.5, 1.0]),
)
@examples(6)
async def test_nothing_hidden_leaves_a_trace(
    search: Search, catalogue: list[dict[str, Any]], viewers: list[tuple[str, int]], lowered: int, hours: float
) -> None:
    """Of embargoes, windows, countries, ages, children's profiles, and an age limit that was lowered meanwhile."""
    search.clock.advance((NOON + timedelta(hours=hours) - search.clock.now()).total_seconds())
    marks = [next(NUMBERS) for _ in catalogue]
    shelf = word(marks[0]) + "shelf"
    titles = [
        changed(
            f"{word(mark)} {shelf}", cast=(f"Ada {word(mark)}son",), genres=(f"{word(mark)} stories", shelf), year=1990,
            tags=(shelf,), description=f"about {word(mark)}", **told,
        )
        for mark, told in zip(marks, catalogue, strict=True)
    ]  # fmt: skip
    await search.send(*titles)
    for country, maturity in viewers:
        account, profile = new_id(), new_id()
        headers = search.auth_headers(
            account_id=account, profile_id=profile, country=country, maturity=maturity, kids=maturity < 12
        )
        await _sees_no_more(search, headers, shelf, dict(zip(marks, titles, strict=True)), country, maturity)
    # The last one's token still says what it said.
    await search.account(account, profile, maturity=lowered)
    least = min(lowered, maturity)
    await _sees_no_more(search, headers, shelf, dict(zip(marks, titles, strict=True)), country, least)


async def _sees_no_more(
    search: Search, headers: dict[str, str], shelf: str, titles: dict[int, TitleChanged], country: str, maturity: int
) -> None:
    """A viewer is told of all that they may see, and has no answer that names anything else."""
    seen = [title for title in titles.values() if may_see(title, country, maturity, search.clock.now())]
    for asked in ("", shelf):
        everything = await search.search(asked, headers, limit=50, genre=shelf)
        assert {item["title_id"] for item in everything["items"]} == {str(title.title_id) for title in seen}
        assert everything["total"] == len(seen)
        counts = {value["name"]: value["count"] for value in everything["facets"]["genres"]}
        assert counts == ({title.genres[0]: 1 for title in seen} | ({shelf: len(seen)} if seen else {}))
        assert sum(value["count"] for value in everything["facets"]["decades"]) == len(seen)
    for mark, title in titles.items():
        if title in seen:
            continue
        secrets = {str(title.title_id), title.name, *title.cast, title.genres[0]}
        name = word(mark)
        for asked in (title.name, name[:-2] + name[-1] + name[-2], title.cast[0], title.genres[0]):
            answer = await search.search(asked, headers)
            assert not traces(answer) & secrets, (asked, answer)
        suggested = (await search.call("GET", "/suggest", headers, params={"q": name[:-1]})).json()["items"]
        assert not {item["title_id"] for item in suggested} & secrets
        for asked in (f"about {name}", f"{name} stories with ada {name}son"):
            told = (await search.call("POST", "/discover", headers, json={"text": asked})).json()
            assert not {item["title_id"] for item in told["items"]} & secrets
            assert not {chip["label"] for chip in told["chips"]} & secrets


async def test_windows_open_and_close_to_the_microsecond_while_nothing_else_happens(search: Search) -> None:
    start, end = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    many = tuple(Window(starts_at=start + timedelta(days=day), ends_at=end + timedelta(days=day)) for day in range(9))
    await search.send(
        changed("Moss Hour", windows=(Window(starts_at=start, ends_at=end),)), changed("Moss Day", windows=many)
    )
    for seconds, shown in ((3599.999999, []), (0.000001, ["Moss Day", "Moss Hour"]), (3599.999999, ["Moss Day", "Moss Hour"]),
                           (0.000001, []), (23 * 3600, ["Moss Day"])):  # fmt: skip
        search.clock.advance(seconds)
        assert sorted(await search.names("moss")) == shown
        assert (await search.search("moss"))["total"] == len(shown)


async def test_windows_of_many_titles_are_read_when_they_change_and_not_with_each_search(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = tuple(
        Window(starts_at=NOON + timedelta(days=day), ends_at=NOON + timedelta(days=day, hours=1)) for day in range(9)
    )
    many = [changed(f"Moss {number}", windows=days) for number in range(20)]
    await search.send(*many)
    asked: list[int] = []
    opened = windows_module.Window.open

    def noted(self: windows_module.Window, country: str, now: int) -> bool:
        asked.append(now)
        return opened(self, country, now)

    monkeypatch.setattr(windows_module.Window, "open", noted)
    monkeypatch.setattr(windows_module, "_moment", None)  # nothing is read anew
    for hours, found in ((0, 20), (1, 0), (23, 20), (24, 20)):
        search.clock.advance(hours * 3600)
        asked.clear()
        assert (await search.search("moss"))["total"] == found
        assert asked
        asked.clear()
        for words in ("", "moss", "mos"):
            assert (await search.search(words))["total"] == found
        assert not asked


async def test_an_edit_is_found_and_what_is_unpublished_is_gone(search: Search) -> None:
    title_id = await search.film("The Moss Hour", cast=("Mira Okonkwo",))
    await search.send(changed("The Fern Hour", title_id=title_id, version=3, cast=("Mira Okonkwo",)))
    assert await search.names("fern") == ["The Fern Hour"]
    # What is older than what we know changes nothing, however late it comes.
    await search.send(changed("The Moss Hour", title_id=title_id, version=2))
    assert await search.names("fern") == ["The Fern Hour"]
    assert [person["name"] for person in (await search.search("mira okonkwo"))["people"]] == ["Mira Okonkwo"]
    await search.send(changed("The Fern Hour", title_id=title_id, version=4, status="archived"))
    gone = await search.search("mira okonkwo")
    assert (gone["items"], gone["total"], gone["people"]) == ([], 0, [])
    assert await search.suggested("fern") == []


FATES = st.sampled_from(["published", "published", "archived", "draft"])


@given(data=st.data(), fates=st.lists(FATES, min_size=2, max_size=4))
@examples(5)
async def test_events_in_any_order_and_twice_leave_what_came_last(
    search: Search, data: st.DataObject, fates: list[str]
) -> None:
    """Among them ratings and plays of titles that are gone, or were never heard of."""
    title_id, shelf = new_id(), word(next(NUMBERS))
    told: list[Event] = [
        changed(f"{shelf} {word(version)}", title_id=title_id, version=version, status=fate, genres=(shelf,))
        for version, fate in enumerate(fates, 1)
    ]
    for of in (title_id, new_id()):
        told += [TitleRated(title_id=of, average=4.0, count=1, rated_at=NOON), played(of)]
    for event in data.draw(st.permutations([*told, *told])):
        await search.send(event)
    last = [f"{shelf} {word(len(fates))}"] if fates[-1] == "published" else []
    assert await search.names("", genre=shelf) == last
    # Titles of other examples are called nearly so.
    assert [name for name in await search.suggested(shelf) if name.startswith(shelf)] == last


async def test_an_age_limit_that_was_lowered_counts_before_the_token_ends(search: Search) -> None:
    await search.film("The Ninth Flash", maturity=16)
    account, profile = new_id(), new_id()
    headers = search.auth_headers(account_id=account, profile_id=profile)
    assert await search.names("ninth", headers) == ["The Ninth Flash"]
    await search.account(account, profile, maturity=12)
    assert await search.names("ninth", headers) == []


async def test_hidden_names_do_not_stand_in_the_way_of_others_that_begin_so(search: Search) -> None:
    hidden_ones = [changed(f"Moonlight {number:03}", maturity=18) for number in range(250)]
    shown = [changed(f"Moonlight Zebra {number}") for number in range(6)]
    await search.send(*hidden_ones, *shown, played(shown[-1].title_id))
    view = search.indexes.view
    limits = Limits.of(view, Viewer("US", 7, True, "en", NOON))
    found = view.read(candidates.by_beginning(view, "moonlight", limits, most=15), "shown")
    assert {row["name"] for row in found} == {event.name for event in shown}
    child = search.auth_headers(profile_id=new_id(), maturity=7, kids=True)
    assert (await search.suggested("moonlight", child))[0] == "Moonlight Zebra 5"


async def test_people_of_whom_nothing_may_be_seen_do_not_stand_in_the_way_of_others(search: Search) -> None:
    """Neither of their namesakes nor of whose name is only like theirs; and how many titles they have decides nothing."""

    def of(name: str, title: str, **more: Any) -> TitleChanged:
        return changed(title, credits=(Credit(person_id=new_id(), name=name, role="actor"),), **more)

    await search.send(
        *(of(f"Ada{n % 7 * 'a'} Lindqvist", f"Frost {n}", maturity=18) for n in range(120)),
        of("Adda Lindqvist", "Thaw"), of("Bo Lindqvist", "Rime"),
    )  # fmt: skip
    child = search.auth_headers(profile_id=new_id(), maturity=7, kids=True)
    for asked, title in {"ada lindqvist": "Thaw", "adda lindqvist": "Thaw", "lindqvist": "Rime"}.items():
        found = await search.search(asked, child)
        people = [person["name"] for person in found["people"]]
        assert set(people) <= {"Adda Lindqvist", "Bo Lindqvist"}
        assert ("Bo" if title == "Rime" else "Adda") in " ".join(people), asked
        assert title in [item["name"] for item in found["items"]], asked
        assert title in await search.suggested(asked, child), asked
    told = (await search.call("POST", "/discover", child, json={"text": "something with adda lindqvist"})).json()
    assert [item["name"] for item in told["items"]] == ["Thaw"]
