"""Any sequence of edits and assets: a small model, what editors read, and what the others hear say the same of a title."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from libs.contracts.catalog import TitleChanged
from services.catalog.repository import titles
from services.catalog.service import snapshot
from tests.catalog.conftest import Catalog
from tests.examples import examples

LEADS = {
    "publish": {"draft": "published", "published": "published"},
    "unpublish": {"draft": "draft", "published": "draft"},
    "archive": {"draft": "archived", "published": "archived", "archived": "archived"},
    "restore": {"draft": "draft", "archived": "draft"},
}


@dataclass
class Part:
    """A playable of the model: its assets as (minute of upload, length, id) and which of them viewers get."""

    id: str
    name: str
    place: tuple[int, int] = (0, 0)
    assets: list[tuple[int, float, str]] = field(default_factory=list)
    shown: tuple[int, float, str] | None = None
    credits: float | None = None


@dataclass
class Model:
    """What should have become of one title."""

    id: str
    kind: str
    status: str = "draft"
    told: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    seasons: dict[int, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    @property
    def lacks(self) -> list[str]:
        missing = [] if self.kind == "movie" or self.seasons else ["season"]
        missing += [] if self.parts else ["episode"]
        return missing + ([] if any(part.shown for part in self.parts) else ["asset"])

    def arrived(self, part: Part, minute: int, length: float, asset: str) -> None:
        part.assets.append((minute, length, asset))
        if part.shown is not None:
            if part.shown[0] >= minute:
                return
            if self.status in ("published", "archived") and length < 0.99 * part.shown[1]:
                return
        part.shown = part.assets[-1]

    def in_order(self) -> list[Part]:
        return sorted(self.parts, key=lambda part: part.place)


WORDS = st.lists(st.sampled_from(["Io Reed", " Io  Reed", "sea", "Ada"]), max_size=3)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Moss", "The Moss Hour", "Ünder"]),
        "year": st.none() | st.sampled_from([1999, 2020]),
        "genres": st.lists(st.sampled_from(["Drama", "Sci-Fi", "Комедия"]), max_size=3),
        "cast": WORDS,
        "tags": WORDS,
        "country": st.none() | st.sampled_from(["DE", "US"]),
        "maturity": st.sampled_from([0, 12, 18]),
        "runtime": st.none() | st.integers(1, 9000),
        "windows": st.lists(st.sampled_from([{"regions": ["DE"]}, {"starts_at": "2026-11-20T12:00:00Z"}]), max_size=2),
    },
)
NUMBERS = st.integers(0, 2)
STEP = st.one_of(
    st.tuples(st.just("change"), FIELDS),
    st.tuples(st.just("act"), st.sampled_from(sorted(LEADS))),
    st.tuples(st.just("act"), st.just("publish")),
    st.tuples(st.just("season"), NUMBERS),
    st.tuples(st.just("episode"), NUMBERS, NUMBERS),
    st.tuples(st.just("asset"), NUMBERS, st.integers(0, 5), st.sampled_from([30.0, 15.0])),
    st.tuples(st.just("asset"), NUMBERS, st.integers(0, 5), st.just(30.0)),
    st.tuples(st.just("point"), NUMBERS, NUMBERS),
    st.tuples(st.just("markers"), NUMBERS, st.none() | st.integers(1, 60)),
)


class Run:
    """Takes each step in the service and in the model, and compares what came of it."""

    def __init__(self, catalog: Catalog, model: Model) -> None:
        self.catalog = catalog
        self.model = model

    def part(self, number: int) -> Part | None:
        return self.model.parts[number % len(self.model.parts)] if self.model.parts else None

    async def change(self, fields: dict[str, Any]) -> None:
        await self.catalog.change(self.model.id, **fields)
        self.model.fields |= fields

    async def act(self, action: str) -> None:
        model = self.model
        answer = await self.catalog.edit("POST", f"/titles/{model.id}/{action}")
        leads = LEADS[action].get(model.status)
        if leads is None:
            assert (answer.status_code, answer.json()["code"]) == (409, "wrong_status")
            assert answer.json()["title_status"] == model.status
        elif leads == "published" and model.lacks:
            assert (answer.status_code, answer.json()["code"]) == (409, "not_playable")
            assert answer.json()["missing"] == model.lacks
        else:
            assert answer.json()["status"] == leads, answer.text
            model.status = leads
            model.told = model.told or leads == "published"

    async def season(self, number: int) -> None:
        answer = await self.catalog.edit("POST", f"/titles/{self.model.id}/seasons", json={"number": number})
        if self.model.kind == "movie":
            assert answer.json()["code"] == "not_a_series"
        elif number in self.model.seasons:
            assert (answer.json()["code"], answer.json()["id"]) == ("season_exists", self.model.seasons[number])
        else:
            self.model.seasons[number] = answer.json()["id"]

    async def episode(self, season: int, number: int) -> None:
        if season not in self.model.seasons:
            return
        name = f"E{season}.{number}"
        body = {"number": number, "name": name}
        answer = await self.catalog.edit("POST", f"/seasons/{self.model.seasons[season]}/episodes", json=body)
        taken = [part for part in self.model.parts if part.place == (season, number)]
        if taken:
            assert (answer.json()["code"], answer.json()["playable_id"]) == ("episode_exists", taken[0].id)
        else:
            self.model.parts.append(Part(answer.json()["playable_id"], name, (season, number)))

    async def asset(self, number: int, minute: int, length: float) -> None:
        if part := self.part(number):
            asset = await self.catalog.asset(part.id, minutes=minute, duration=length)
            self.model.arrived(part, minute, length, str(asset))

    async def point(self, number: int, which: int) -> None:
        part = self.part(number)
        if part and part.assets:
            chosen = part.assets[which % len(part.assets)]
            answer = await self.catalog.edit("PUT", f"/playables/{part.id}/asset", json={"asset_id": chosen[2]})
            assert answer.status_code == 200, answer.text
            part.shown = chosen

    async def markers(self, number: int, starts: int | None) -> None:
        if part := self.part(number):
            answer = await self.catalog.edit("PATCH", f"/playables/{part.id}", json={"credits_start": starts})
            assert answer.status_code == 200, answer.text
            part.credits = starts

    async def compare(self) -> None:
        model = self.model
        read = (await self.catalog.edit("GET", f"/titles/{model.id}")).json()
        assert (read["status"], read["missing"]) == (model.status, model.lacks)
        for name, value in model.fields.items():
            if name in ("cast", "tags"):
                value = list(dict.fromkeys(" ".join(word.split()) for word in value))
            if name == "genres":
                value = list(dict.fromkeys(value))
            if name != "windows":
                assert read[name] == value, name
        events = [TitleChanged.model_validate(item) for item in await self.catalog.events(model.id)]
        assert bool(events) is model.told, "nobody hears of what was never published"
        if not events:
            return
        versions = [event.version for event in events]
        assert versions == sorted(set(versions)) and versions[-1] == read["version"]
        last = events[-1]
        assert (last.status, last.name, last.year) == (read["status"], read["name"], read["year"])
        assert (list(last.genres), list(last.cast), last.maturity) == (read["genres"], read["cast"], read["maturity"])
        assert [list(window.regions) for window in last.windows] == [
            window.get("regions", []) for window in model.fields.get("windows", [])
        ]
        told = [(str(part.id), part.credits_start, str(part.asset.asset_id) if part.asset else None)
                for part in last.playables]  # fmt: skip
        assert told == [(part.id, part.credits, part.shown[2] if part.shown else None) for part in model.in_order()]
        if model.kind == "series":
            places = [(part.season_number, part.episode_number) for part in last.playables]
            assert places == [part.place for part in model.in_order()], "playables are in viewing order"
        async with self.catalog.db.transaction() as session:
            title = await titles.get(session, last.title_id)
            assert title is not None
            assert last == snapshot.event(await titles.load(session, title)), "the event is the state"


@examples(10)
@given(kind=st.sampled_from(["movie", "series"]), steps=st.lists(STEP, min_size=4, max_size=14))
@example(
    kind="series",
    steps=[
        ("season", 2),
        ("episode", 2, 1),
        ("season", 1),
        ("episode", 1, 2),
        ("episode", 1, 1),
        ("asset", 0, 1, 30.0),
        ("act", "publish"),
    ],
)
@example(
    kind="movie",
    steps=[
        ("asset", 0, 1, 30.0),
        ("act", "publish"),
        ("change", {"windows": [{"regions": ["DE"]}]}),
        ("act", "archive"),
    ],
)
async def test_the_event_is_the_title_after_any_sequence_of_edits(
    catalog: Catalog, kind: str, steps: list[tuple[Any, ...]]
) -> None:
    made = (await catalog.edit("POST", "/titles", json={"type": kind, "name": "Moss"})).json()
    model = Model(made["id"], kind)
    if kind == "movie":
        model.parts.append(Part(made["playable_id"], "Moss"))
    run = Run(catalog, model)
    for name, *arguments in steps:
        await getattr(run, name)(*arguments)
        catalog.clock.advance(1)
        await run.compare()
    audit = (await catalog.edit("GET", f"/titles/{model.id}/audit?limit=100")).json()
    read = (await catalog.edit("GET", f"/titles/{model.id}")).json()
    assert len(audit) == read["version"], "each version has its line in the audit, and nothing else has"


NEWS = st.sampled_from([("ready",), ("failed",), ("failed", "ready"), ("ready", "failed")])


@examples(10)
@given(data=st.data(), scripts=st.lists(NEWS, min_size=1, max_size=4))
async def test_in_whatever_order_assets_are_told_of_the_newest_good_one_is_shown(
    catalog: Catalog, data: st.DataObject, scripts: list[tuple[str, ...]]
) -> None:
    """News of one asset come in their order, those of several mixed; then all of it comes once more."""
    made = await catalog.film(published=False)
    steps = [number for number, script in enumerate(scripts) for _ in script]
    mixed = data.draw(st.permutations(steps), label="order")
    minutes = data.draw(st.permutations(range(len(scripts))), label="uploaded")
    ids: dict[int, Any] = {}

    async def tell() -> None:
        told = [0] * len(scripts)
        for number in mixed:
            kind = scripts[number][told[number]]
            told[number] += 1
            if kind == "ready":
                ids[number] = await catalog.asset(
                    made["playable_id"], asset_id=ids.get(number), version=told[number], minutes=minutes[number]
                )
            else:
                ids[number] = await catalog.failed_asset(
                    made["playable_id"], asset_id=ids.get(number), version=told[number]
                )

    await tell()
    good = [number for number, script in enumerate(scripts) if "ready" in script]
    newest = str(ids[max(good, key=lambda number: minutes[number])]) if good else None
    read = (await catalog.edit("GET", f"/titles/{made['id']}")).json()
    assert read["playable"]["asset_id"] == newest
    await tell()
    assert (await catalog.edit("GET", f"/titles/{made['id']}")).json() == read, "told again it is no news"
    items = (await catalog.edit("GET", f"/playables/{made['playable_id']}/assets")).json()["items"]
    assert {item["asset_id"]: item["status"] for item in items} == {
        str(ids[number]): "ready" if number in good else "failed" for number in ids
    }
