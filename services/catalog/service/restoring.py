"""Giving a title again what it said before, fact by fact, as the log keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.collation import sort_name
from services.catalog.models import Trailer
from services.catalog.repository import people, titles
from services.catalog.repository.titles import Whole
from services.catalog.schemas.fields import WindowBody
from services.catalog.schemas.people import CreditBody
from services.catalog.service import credits
from services.catalog.service.titles import SlugTaken, genres_of
from services.catalog.service.unit_of_work import Edit

Facts = dict[str, Any]
# Facts of the title's own row that an editor sets; how it stands on its way (`status`, `published_at`) is no such fact.
PLAIN = (
    "name", "description", "tagline", "other_names", "year", "tags", "language", "country", "maturity", "certificates",
    "descriptors", "runtime", "availability", "free_trailers",
)  # fmt: skip
EPISODE = ("name", "description", "runtime")
MARKERS = ("intro_start", "intro_end", "credits_start")
TEXTS = ("name", "description", "tagline")
CREDITS, WINDOWS = TypeAdapter(list[CreditBody]), TypeAdapter(list[WindowBody])


async def apply(editing: Edit, wanted: Facts, now: datetime) -> bool:
    """Give a title what facts say, as far as they can be set; say whether that was anything."""
    session, title, whole, done = editing.session, editing.title, editing.whole, False
    if "genres" in wanted:
        title.genres, done = await genres_of(session, wanted["genres"]), True
    for name in PLAIN:
        if name in wanted:
            setattr(title, name, wanted[name])
            done = True
    if "slug" in wanted:
        taken = await titles.title_by_slug(session, wanted["slug"])
        if taken not in (None, title.id):
            raise SlugTaken(id=taken)
        title.slug, done = wanted["slug"], True
    title.sort_name = sort_name(title.name, title.language)
    if "credits" in wanted:
        await credits.put(session, title, await _credits(session, wanted["credits"]), now)
        done = True
    if "windows" in wanted:
        windows = WINDOWS.validate_python(wanted["windows"])
        await titles.replace_windows(session, title.id, [window.model_dump() for window in windows])
        done = True
    for name, value in wanted.items():
        kind, _, rest = name.partition(".")
        done = await _apply_part(session, whole, kind, rest, value) or done
    await session.flush()
    return done


async def _apply_part(session: AsyncSession, whole: Whole, kind: str, rest: str, value: Any) -> bool:
    if kind == "texts":
        if value is None:
            await session.delete(whole.texts[rest])
        else:
            texts = {name: value.get(name) for name in TEXTS}
            await titles.put_text(session, {"title_id": whole.title.id, "language": rest, **texts})
        return True
    if value is None:
        return False  # what has come since then stays
    found: Any = None
    names: tuple[str, ...] = ()
    if kind == "episode":
        found = next((item for group in whole.episodes.values() for item in group if str(item.id) == rest), None)
        names = EPISODE
    elif kind == "season":
        found, names = next((item for item in whole.seasons if str(item.id) == rest), None), ("name",)
    elif kind == "playable":
        found, names = whole.playables.get(UUID(rest)), MARKERS
    elif kind == "trailer":
        found, names = next((item for item in whole.trailers if str(item.id) == rest), None), ("name", "language")
        if found is None and value.get("playable_id"):
            session.add(_trailer(whole, rest, value))
            return True
    for name in names if found is not None else ():
        setattr(found, name, value.get(name))
    return found is not None


def _trailer(whole: Whole, trailer_id: str, value: Facts) -> Trailer:
    """Return a trailer that was removed, as it was, after those there are."""
    last = max((item.position for item in whole.trailers), default=-1)
    asset = value.get("asset_id")
    return Trailer(
        id=UUID(trailer_id), title_id=whole.title.id, playable_id=UUID(str(value["playable_id"])), position=last + 1,
        name=value["name"], language=value["language"], asset_id=UUID(str(asset)) if asset else None,
    )  # fmt: skip


async def _credits(session: AsyncSession, parts: list[Facts]) -> list[CreditBody]:
    """Return credits as they were; of somebody who has been removed meanwhile, by name."""
    found = await people.share(session, {UUID(str(part["person_id"])) for part in parts})
    bodies = []
    for part in parts:
        here = UUID(str(part["person_id"])) in found
        bodies.append({**part, "person_id": part["person_id"] if here else None})
    return CREDITS.validate_python(bodies)
