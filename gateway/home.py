"""GET /home: the hero and the rows, read in parallel, each with its own deadline and fallback."""

import asyncio
from dataclasses import dataclass
from statistics import mean
from typing import Any
from uuid import UUID

from gateway.compose import Outcome
from gateway.reads import Reads
from gateway.schemas import Hero, HeroTitle, Home, Picture, Reason, RecommendedRow, RecommendedRows, Row, RowItem
from libs.chassis.ids import new_id
from libs.contracts.flags import HOME_ARTWORK, HOME_TRENDING
from libs.contracts.recommended import RowKind

LIMIT = 20
GENRES = 6
# A row of a single title looks like a mistake.
MINIMUM = 2
HEROES = ("top_picks", "new", "top_rated", "genre")
# An experiment: in its arm `new` the hero is the newest title that can be played, before what was picked.
HERO = "home.hero"
# Another: in its arm `fixed` rows stand in the same order for everybody.
ORDER = "home.order"
# An experiment with the arms `usual`, `explore` and `chosen`; and a flag, for when that is over.
PICTURES = HOME_ARTWORK
# What a row begins with is what it is looked at for.
FIRST = 6
# What stands further up is left out of a row that has as many without it.
ENOUGH = 6
TRENDING = ("trending", "top10")
NAMES = {
    "top_picks": "Top picks for you",
    "because_watched": "Because you watched {title}",
    "top10": "Top 10 today",
    "trending": "Trending now",
    "new": "New on Bijou",
    "watch_again": "Watch it again",
    "hidden_gems": "Hidden gems",
    "leaving_soon": "Leaving soon",
    "coming_soon": "Coming to Bijou",
}


async def home(reads: Reads) -> Home:
    """The whole first page. Never raises for a neighbour that is slow or gone."""
    lists = asyncio.gather(
        reads.catalog(f"/titles/top-rated?limit={LIMIT}"),
        reads.catalog(f"/collections?limit={LIMIT}"),
        reads.mine("/me/reminders"),
        reads.mine(f"/me/continue-watching?limit={LIMIT}"),
        reads.mine(f"/me/list?limit={LIMIT}"),
    )
    (top_rated, collections, awaited, continuing, listed), chosen = await asyncio.gather(lists, _chosen(reads))
    personal = await asyncio.gather(
        _arrived_row(reads, awaited), _continue_row(reads, continuing), _list_row(reads, listed)
    )
    others = [*_collection_rows(collections), _catalog_row("top_rated", "top-rated", "Loved by viewers", top_rated)]
    *made, loved = (_without(row, chosen.unwanted) for row in others)
    rows = [*personal, *made, *chosen.rows, loved]
    listed_ids = None if listed.value is None else {item["title_id"] for item in listed.value["items"]}
    hero = _hero(rows, listed_ids, reads.arm(HERO))
    fixed = reads.arm(ORDER) == "fixed"
    rows = [row for row in (rows if fixed else chosen.in_order(rows)) if row.items or row.fallback == "empty"]
    return Home(hero=hero, rows=[_told(row, chosen, reads.arms) for row in _once(rows)])


def _told(row: Row, chosen: "Chosen", arms: dict[str, str]) -> Row:
    """With what impressions of it say: who chose it or put it in its place, and which arms the page was made under."""
    model = row.model or (row.fallback or "plain" if chosen.of is None else chosen.of.model or "content")
    answer = row.recommendation_id or (None if chosen.of is None else chosen.of.recommendation_id)
    return row.model_copy(update={"experiments": arms, "model": model, "recommendation_id": answer})


def _once(rows: list[Row]) -> list[Row]:
    """What is rated best is no row of what stands further up, as long as there is enough else."""
    shown: set[UUID] = set()
    found = []
    for row in rows:
        if row.kind == "top_rated":
            fresh = [item for item in row.items if item.title_id not in shown]
            row = row.model_copy(update={"items": fresh}) if len(fresh) >= ENOUGH else row
        shown.update(item.title_id for item in row.items)
        found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that were recommended, and the titles that this profile does not want in any other row."""

    rows: list[Row]
    unwanted: frozenset[UUID] = frozenset()
    # The answer they are from, where one came.
    of: RecommendedRows | None = None

    def in_order(self, rows: list[Row]) -> list[Row]:
        """What arrived, and then what this profile uses most; without an answer as they are."""
        if self.of is None or not self.of.worth:
            return rows
        worth = {row.id: row.worth for row in self.of.rows}
        values = [worth.get(row.id, self._worth(row)) for row in rows]
        places = sorted(range(len(rows)), key=lambda at: (rows[at].kind != "arrived", -values[at]))
        return [rows[at] for at in places]

    def _worth(self, row: Row) -> float:
        """What a row is worth that was not recommended: by its kind, and by how what it begins with fits."""
        usual = self.of.worth.get(row.kind, 0.0) if self.of else 0.0
        if row.kind == "continue_watching":
            return usual
        fits = self.of.fits if self.of else {}
        found = [mean(fits.get(name, 1.0) for name in item.genres) for item in row.items[:FIRST] if item.genres]
        return usual * (mean(found) if found else 1.0)


async def _chosen(reads: Reads) -> Chosen:
    """What is recommended; without an answer in time, what everybody watches, what is new, and genres."""
    way = _way_of_pictures(reads)
    told = await reads.recommended(f"/recommendations/home{f'?pictures={way}' if way else ''}", RecommendedRows)
    if told is None:
        return Chosen(await _plain(reads))
    rows = [row for row in told.rows if row.kind not in TRENDING or reads.is_on(HOME_TRENDING)]
    named = (row.reason.title_id for row in rows if row.reason.title_id)
    shown = (title_id for row in rows for title_id in row.title_ids)
    cards = await reads.cards([str(each) for each in dict.fromkeys([*named, *shown])], keep=False)
    if cards.value is None:
        unwanted = frozenset(told.unwanted)
        return Chosen([_without(row, unwanted) for row in await _plain(reads)], unwanted)
    made = (_recommended_row(told, row, cards) for row in rows)
    return Chosen([row for row in made if row is not None], frozenset(told.unwanted), told)


def _way_of_pictures(reads: Reads) -> str | None:
    """How posters are chosen of titles that have several; None: each has its own. Off until somebody turns it on."""
    if (arm := reads.arm(PICTURES)) is not None:
        return arm if arm in ("explore", "chosen") else None
    return "chosen" if reads.is_on(PICTURES) else None


def _item(card: dict[str, Any], picture: Picture | None) -> RowItem:
    """A card with the poster that was drawn; with its own where that one is there no more, or not in the viewer's language."""
    others = card.get("other_posters") or {}
    if picture is None or not others or picture.name not in ("poster", *others):
        return RowItem.model_validate(card)
    drawn = others.get(picture.name)
    shown = {"poster_url": drawn["url"], "poster_srcset": drawn["srcset"], "blurhash": None} if drawn else {}
    return RowItem.model_validate({**card, **shown, "picture": picture})


def _recommended_row(told: RecommendedRows, row: RecommendedRow, cards: Outcome) -> Row | None:
    known = cards.value
    items = [_item(known[str(each)], told.pictures.get(each)) for each in row.title_ids if str(each) in known]
    reason = row.reason
    if reason.title_id is not None:
        about = cards.value.get(str(reason.title_id))
        if about is None:
            return None  # what the viewer may not see is not named either
        reason = reason.model_copy(update={"title": about["name"]})
    if len(items) < (1 if row.kind == "new" else MINIMUM) or (row.kind == "genre" and not reason.genre):
        return None
    made = _row(row.kind, row.id, _name(row, reason), items, cards.degraded, cards.fallback)
    made.reason, made.model, made.recommendation_id = reason, told.model or "content", told.recommendation_id
    return made


def _without(row: Row, unwanted: frozenset[UUID]) -> Row:
    return row.model_copy(update={"items": [item for item in row.items if item.title_id not in unwanted]})


def _name(row: RecommendedRow, reason: Reason) -> str:
    if row.kind == "genre":
        return str(reason.genre)
    return NAMES[row.kind].format(title=reason.title)


async def _plain(reads: Reads) -> list[Row]:
    """The same for everybody of a country and an age limit; it names what it stands in with."""
    new, trending, genres = await asyncio.gather(
        reads.catalog(f"/titles/new?limit={LIMIT}"), _trending(reads), _genres(reads)
    )
    return [*trending, _catalog_row("new", "new", "New on Bijou", new), *genres]


async def _trending(reads: Reads) -> list[Row]:
    """What is watched most; switched off, nobody is asked for it."""
    if not reads.is_on(HOME_TRENDING):
        return []
    found = await reads.catalog(f"/titles/trending?limit={LIMIT}")
    row = _catalog_row("trending", "trending", "Trending now", found)
    if len(row.items) < MINIMUM and not row.degraded:
        return []
    return [row if row.degraded else row.model_copy(update={"degraded": True, "fallback": "trending"})]


async def _genres(reads: Reads) -> list[Row]:
    found = await reads.catalog("/genres")
    genres = sorted(
        (g for g in (found.value or {"items": []})["items"] if g["titles"] >= MINIMUM),
        key=lambda genre: (-genre["titles"], genre["name"]),
    )[:GENRES]
    outcomes = await asyncio.gather(*(reads.catalog(f"/titles?genre={g['id']}&limit={LIMIT}") for g in genres))
    return [
        _catalog_row("genre", f"genre-{genre['id']}", genre["name"], outcome)
        for genre, outcome in zip(genres, outcomes, strict=True)
    ]


def _catalog_row(kind: RowKind, row_id: str, name: str, outcome: Outcome) -> Row:
    items = [RowItem.model_validate(card) for card in (outcome.value or {"items": []})["items"]]
    return _row(kind, row_id, name, items, outcome.degraded, outcome.fallback)


def _collection_rows(outcome: Outcome) -> list[Row]:
    """The rows that editors made; without an answer there are none, for nobody here knows their names."""
    rows = []
    for made in (outcome.value or {"items": []})["items"]:
        items = [RowItem.model_validate(card) for card in made["items"]]
        row = _row("collection", f"collection-{made['id']}", made["name"], items, outcome.degraded, outcome.fallback)
        rows.append(row.model_copy(update={"collection_id": UUID(made["id"])}))
    return rows


async def _continue_row(reads: Reads, found: Outcome) -> Row:
    viewings: list[dict[str, Any]] = (found.value or {"items": []})["items"]
    cards = await reads.cards([v["title_id"] for v in viewings])
    items = []
    for viewing in viewings:
        card = (cards.value or {}).get(viewing["title_id"])
        if card is None and cards.value is not None:
            continue  # no longer shown to this viewer
        items.append(RowItem.model_validate({**viewing, **(card or {}), **_viewing(viewing)}))
    fallback = found.fallback or ("as_last_seen" if cards.degraded and items else None)
    return _row("continue_watching", "continue-watching", "Continue watching", items, fallback is not None, fallback)


def _viewing(viewing: dict[str, Any]) -> dict[str, Any]:
    """What the viewing knows better than the card: a card has no playable for a series."""
    duration = viewing.get("duration")
    progress = viewing.get("progress")
    if progress is None and duration:
        progress = min(1.0, viewing["position"] / duration)
    return {"playable_id": viewing["playable_id"], "progress": progress}


async def _arrived_row(reads: Reads, found: Outcome) -> Row:
    """What the profile waited for and can watch now; a page that cannot know of it does without."""
    awaited = (found.value or {"items": []})["items"]
    ids = [item["title_id"] for item in awaited if item["arrived_at"] is not None][:LIMIT]
    items, degraded, fallback = await _cards_in_order(reads, found, ids)
    return _row("arrived", "arrived", "Now here", items, degraded, fallback if items else None)


async def _list_row(reads: Reads, found: Outcome) -> Row:
    ids = [item["title_id"] for item in (found.value or {"items": []})["items"]]
    return _row("my_list", "my-list", "My List", *await _cards_in_order(reads, found, ids))


async def _cards_in_order(reads: Reads, found: Outcome, ids: list[str]) -> tuple[list[RowItem], bool, str | None]:
    """The cards of these titles, and how whole they and what named them are."""
    cards = await reads.cards(ids)
    known = cards.value or {}
    items = [RowItem.model_validate(known[title_id]) for title_id in ids if title_id in known]
    return items, found.degraded or cards.degraded, found.fallback or cards.fallback


def _row(kind: RowKind, row_id: str, name: str, items: list[RowItem], degraded: bool, fallback: str | None) -> Row:
    return Row(
        id=row_id, kind=kind, name=name, impression_id=new_id(), degraded=degraded, fallback=fallback, items=items
    )


def _hero(rows: list[Row], listed: set[str] | None, arm: str | None) -> Hero | None:
    leading = sorted((row for row in rows if row.kind in HEROES), key=lambda row: arm == "new" and row.kind != "new")
    found = [item for row in leading for item in row.items]
    # What can be played comes before what is only announced.
    shown = sorted(found, key=lambda item: item.availability == "listed")
    best = next((item for item in shown if item.backdrop_url), shown[0] if shown else None)
    if best is None:
        return None
    return Hero(
        title=HeroTitle(
            **best.model_dump(),
            id=best.title_id,
            in_my_list=None if listed is None else str(best.title_id) in listed,
        )
    )
