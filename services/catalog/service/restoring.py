"""Giving a title again what it said before, fact by fact, as the log keeps them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.collation import sort_name
from services.catalog.models import Trailer
from services.catalog.repository import lifecycle, loose, people, titles
from services.catalog.repository.titles import Whole
from services.catalog.schemas.fields import WindowBody
from services.catalog.schemas.people import CreditBody
from services.catalog.service import credits
from services.catalog.service.titles import genres_of, take_slug
from services.catalog.service.trailers import MOST, TooManyTrailers
from services.catalog.service.unit_of_work import Edit
from services.catalog.title_fields import PLAIN

Facts = dict[str, Any]
EPISODE = ("name", "description", "runtime", "texts")
MARKERS = ("intro_start", "intro_end", "credits_start")
TEXTS = ("name", "description", "tagline")
PARTS = ("texts", "credits", "episode", "season", "playable", "trailer", "image")
CREDITS, WINDOWS = TypeAdapter(list[CreditBody]), TypeAdapter(list[WindowBody])


def may_come_back(name: str) -> bool:
    """Tell whether a fact of the log can be given to a title again."""
    return name in (*PLAIN, "slug", "genres", "credits", "windows") or name.partition(".")[0] in PARTS


async def apply(editing: Edit, wanted: Facts, then: Facts, now: datetime) -> None:
    """Give a title what facts say, as far as they can be set; `then` is all it said when it said them.

    Raises `SlugTaken` and `TooManyTrailers`.
    """
    session, title = editing.session, editing.title
    if "genres" in wanted:
        title.genres = await genres_of(session, wanted["genres"])
    for name in PLAIN:
        if name in wanted:
            setattr(title, name, wanted[name])
    if "slug" in wanted:
        await take_slug(editing, wanted["slug"])
    title.sort_name = sort_name(title.name, title.language)
    if "credits" in wanted:
        await credits.put(session, title, await _credits(session, wanted["credits"]), now)
    if "windows" in wanted:
        windows = WINDOWS.validate_python(wanted["windows"])
        await titles.replace_windows(session, title.id, [window.model_dump() for window in windows])
    for name, value in wanted.items():
        kind, _, rest = name.partition(".")
        if kind == "credits" and rest:
            await _apply_episode_credits(editing, UUID(rest), value, then, now)
        else:
            await _apply_part(session, editing.whole, kind, rest, value)
    await _apply_pictures(
        editing, {name.partition(".")[2]: value for name, value in wanted.items() if value and _shows(name)}, now
    )
    _apply_trailers(
        editing, {name.partition(".")[2]: value for name, value in wanted.items() if value and _trails(name)}
    )
    await session.flush()


def _trails(name: str) -> bool:
    return name.startswith("trailer.")


def _shows(name: str) -> bool:
    return name.startswith("image.")


async def _apply_pictures(editing: Edit, wanted: dict[str, str], now: datetime) -> None:
    """Show pictures again that are still kept, by owner, kind and language; what came where there was none stays.

    None of a title that was taken from viewers: they know what its pictures were called.
    """
    session, whole = editing.session, editing.whole
    if not wanted or await lifecycle.was_withdrawn(session, editing.title):
        return
    owners = {str(whole.title.id), *(str(item.id) for group in whole.episodes.values() for item in group)}
    found = []
    for name, url in sorted(wanted.items()):
        owner, kind, *language = name.split(".")
        picture = await loose.former(session, url.removeprefix("/")) if owner in owners else None
        if picture is not None:
            of = {"title_id": UUID(owner), "language": language[0]} if language else {"owner_id": UUID(owner)}
            found.append({**picture, **of, "kind": kind, "updated_at": now})
    # After all were looked for: the same picture may be shown twice, and nothing is noted any more of what is shown.
    for values in found:
        await titles.put_image(session, values)


async def _apply_episode_credits(editing: Edit, episode_id: UUID, value: Any, then: Facts, now: datetime) -> None:
    present = {episode.id for group in editing.whole.episodes.values() for episode in group}
    # An episode that was not there yet keeps the credits it came with.
    if episode_id in present and (value is not None or f"episode.{episode_id}" in then):
        parts = await _credits(editing.session, value or [])
        await credits.put(editing.session, editing.title, parts, now, episode_id)


async def _apply_part(session: AsyncSession, whole: Whole, kind: str, rest: str, value: Any) -> None:
    if kind == "texts":
        if value is None:
            if rest in whole.texts:  # else somebody has removed them since
                await session.delete(whole.texts[rest])
        else:
            texts = {name: value.get(name) for name in TEXTS}
            await titles.put_text(session, {"title_id": whole.title.id, "language": rest, **texts})
        return
    if value is None:
        return  # what has come since then stays
    found: Any = None
    names: tuple[str, ...] = ()
    if kind == "episode":
        found = next((item for group in whole.episodes.values() for item in group if str(item.id) == rest), None)
        names = EPISODE
    elif kind == "season":
        found, names = next((item for item in whole.seasons if str(item.id) == rest), None), ("name", "texts")
    elif kind == "playable":
        found, names = whole.playables.get(UUID(rest)), MARKERS
    for name in names if found is not None else ():
        if name in value:  # else it is from when nobody could say it
            setattr(found, name, value[name])


def _apply_trailers(editing: Edit, wanted: dict[str, Facts]) -> None:
    """Give trailers their names, languages and places again, and those back that were removed."""
    order = list(editing.whole.trailers)
    present = {str(item.id): item for item in order}
    if len(present.keys() | wanted.keys()) > MOST:
        raise TooManyTrailers(limit=MOST)
    for trailer_id, value in sorted(wanted.items(), key=lambda item: item[1].get("place", MOST)):
        found = present.get(trailer_id)
        if found is None:
            if not value.get("playable_id"):
                continue
            found = _trailer(editing.whole, trailer_id, value)
            editing.session.add(found)
        else:
            found.kind, found.name, found.language = _kind(value), value["name"], value["language"]
            found.texts = value.get("texts", found.texts)  # else it is from when nobody could say it
            order.remove(found)
        order.insert(value.get("place", len(order)), found)
    for place, item in enumerate(order if wanted else ()):
        item.position = place


def _kind(value: Facts) -> str:
    """Return what an extra was; when there were no kinds all were trailers."""
    kind: str = value.get("kind", "trailer")
    return kind


def _trailer(whole: Whole, trailer_id: str, value: Facts) -> Trailer:
    """Return a trailer that was removed, as it was."""
    asset = value.get("asset_id")
    return Trailer(
        id=UUID(trailer_id), title_id=whole.title.id, playable_id=UUID(str(value["playable_id"])), position=0, kind=_kind(value),
        name=value["name"], language=value["language"], texts=value.get("texts", {}),
        asset_id=UUID(str(asset)) if asset else None,
    )  # fmt: skip


async def _credits(session: AsyncSession, parts: list[Facts]) -> list[CreditBody]:
    """Return credits as they were; of somebody who has been removed meanwhile, by name."""
    found = await people.share(session, {UUID(str(part["person_id"])) for part in parts})
    bodies = []
    for part in parts:
        here = UUID(str(part["person_id"])) in found
        bodies.append({**part, "person_id": part["person_id"] if here else None})
    return CREDITS.validate_python(bodies)
