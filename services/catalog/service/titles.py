"""What editors do to a title: create it, change it, its seasons, episodes and markers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Invalid, NotFound
from libs.chassis.slugs import name_id
from services.catalog import domain
from services.catalog.certificates import age_after, age_of_all
from services.catalog.collation import sort_name
from services.catalog.models import Episode, Playable, Season
from services.catalog.repository import titles
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_audit import AuditItem
from services.catalog.schemas.admin_requests import (
    EpisodePatch,
    NewEpisode,
    NewSeason,
    NewTitle,
    PlayablePatch,
    SeasonPatch,
    TitlePatch,
)
from services.catalog.service import credits, lifecycle, log, snapshot
from services.catalog.service.unit_of_work import Edit, TitleNotFound, assign, edit


class SlugTaken(Conflict):
    """Another title has this slug already. Choose another one, or edit that title."""

    code = "slug_taken"


class HasFilm(Conflict):
    """This title has something to play, so it is not only listed. Unpublish it to hide it until then."""

    code = "has_film"


class NotASeries(Conflict):
    """Only a series has seasons and episodes."""

    code = "not_a_series"


class SeasonExists(Conflict):
    """This series has a season with that number already."""

    code = "season_exists"


class EpisodeExists(Conflict):
    """This season has an episode with that number already."""

    code = "episode_exists"


class SeasonNotFound(NotFound):
    """There is no such season."""

    code = "season_not_found"


class EpisodeNotFound(NotFound):
    """There is no such episode."""

    code = "episode_not_found"


class PlayableNotFound(NotFound):
    """There is no such playable."""

    code = "playable_not_found"


class MarkersOutOfOrder(Invalid):
    """The intro must end after it starts."""

    code = "markers_out_of_order"


async def genres_of(session: AsyncSession, names: list[str]) -> list[str]:
    """Return the slugs of genres by their names; those nobody has named before come to be."""
    known = {slug: name for name in domain.distinct(names) if (slug := name_id(name))}
    await titles.ensure_genres(session, known)
    return list(known)


async def take_slug(editing: Edit, slug: str) -> None:
    """Give a title a slug. Raises `SlugTaken`."""
    if (taken := await titles.title_by_slug(editing.session, slug)) not in (None, editing.title.id):
        raise SlugTaken(id=taken)
    editing.title.slug = slug
    try:
        await editing.session.flush()
    except IntegrityError:  # somebody took it between the question and the answer
        raise SlugTaken from None


def _has_film(whole: Whole) -> bool:
    return any(whole.asset_of(item) is not None for item in whole.playables.values())


class TitleEditing:
    """Use cases of editors. `actor` is the account that acts, `expect` the version of the title that it has read."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def create(self, body: NewTitle, actor: UUID) -> Whole:
        """Create a draft; a film gets its playable with it."""
        now = self._clock.now()
        title_id = new_id()
        values = body.model_dump(exclude={"slug", "windows", "cast", "country", "genres", "credits", "texts"})
        values |= {name: domain.distinct(values[name]) for name in ("tags", "other_names", "descriptors")}
        values["maturity"] = body.maturity if body.maturity is not None else age_of_all(body.certificates) or 0
        values |= {"country": body.country or "", "cast_names": [], "directors": []}
        values["sort_name"] = sort_name(body.name, body.language)
        values |= {"id": title_id, "status": "draft", "version": 1, "created_at": now, "changed_at": now}
        async with self._db.transaction() as session:
            values["genres"] = await genres_of(session, body.genres)
            await self._insert(session, values, body.slug)
            await titles.replace_windows(session, title_id, [window.model_dump() for window in body.windows])
            await titles.replace_texts(session, title_id, {tag: said.model_dump() for tag, said in body.texts.items()})
            if body.type == "movie":
                session.add(Playable(id=new_id(), title_id=title_id))
            title = await titles.get(session, title_id)
            assert title is not None
            lists = {"cast": body.cast, "directors": body.directors}
            await credits.put(session, title, body.credits or credits.by_names([], lists), now)
            whole = await titles.load(session, title)
            await titles.write_audit(
                session, id=new_id(), subject_id=title_id, actor=actor, action="create", version=1, before=None,
                after=snapshot.record(whole), at=now,
            )  # fmt: skip
            return whole

    async def _insert(self, session: AsyncSession, values: dict[str, Any], slug: str | None) -> None:
        if slug is not None:
            if not await titles.insert_title(session, {**values, "slug": slug}):
                raise SlugTaken(id=await titles.title_by_slug(session, slug))
            return
        for candidate in domain.addresses(values["name"], values.get("year"), values["id"]):
            # An address that led to another title goes on leading there, unless an editor says otherwise.
            if not await titles.slug_is_free(session, candidate):
                continue
            if await titles.insert_title(session, {**values, "slug": candidate}):
                return
        raise SlugTaken

    async def change(self, title_id: UUID, body: TitlePatch, actor: UUID, expect: int | None) -> Whole:
        """Change fields of a title that is at version `expect`."""
        fields = body.model_dump(exclude_unset=True, exclude={"windows", "cast", "directors", "credits"})
        windows = None if body.windows is None else [window.model_dump() for window in body.windows]
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="change", actor=actor, now=self._clock.now(), expect=expect) as editing,
        ):
            # Genres before the slug, as in a creation: two that want both must not wait for each other.
            if fields.get("availability") == "listed" != editing.title.availability and _has_film(editing.whole):
                raise HasFilm
            if "genres" in fields:
                fields["genres"] = await genres_of(session, fields["genres"])
            if "slug" in fields and fields["slug"] != editing.title.slug:
                await take_slug(editing, fields["slug"])
            if "certificates" in fields and "maturity" not in fields:
                title = editing.title
                fields["maturity"] = age_after(title.maturity, title.certificates, fields["certificates"])
            await self._credit(editing, body)
            for name, value in fields.items():
                if name in ("tags", "other_names", "descriptors"):
                    value = domain.distinct(value)
                elif name == "country":
                    value = value or ""
                setattr(editing.title, name, value)
            editing.title.sort_name = sort_name(editing.title.name, editing.title.language)
            if windows is not None:
                await titles.replace_windows(session, title_id, windows)
            if "availability" in fields and editing.title.status == "published":
                lifecycle.check_playable(await titles.load(session, editing.title))
        return editing.whole

    async def _credit(self, editing: Edit, body: TitlePatch) -> None:
        given = body.model_dump(exclude_unset=True, include={"cast", "directors"})
        wanted = credits.by_names(editing.whole.credits, given) if given else body.credits
        if wanted is not None:
            await credits.put(editing.session, editing.title, wanted, self._clock.now())

    async def read(self, title_id: UUID) -> Whole:
        """Return a title as editors see it."""
        async with self._db.transaction() as session:
            title = await titles.get(session, title_id)
            if title is None:
                raise TitleNotFound
            return await titles.load(session, title)

    async def table(
        self, *, slug: str | None, status: str | None, kind: str | None, query: str | None, page: int, limit: int
    ) -> tuple[list[Any], int]:
        """Return a page of the table of titles, and their number."""
        async with self._db.transaction() as session:
            return await titles.table(
                session, slug=slug, status=status, kind=kind, query=query, limit=limit, offset=(page - 1) * limit
            )

    async def audit(self, title_id: UUID, limit: int) -> list[AuditItem]:
        """Return a title's edits, the newest first."""
        async with self._db.transaction() as session:
            if await titles.get(session, title_id) is None:
                raise TitleNotFound
            return await log.entries(session, title_id, limit)

    async def add_season(self, title_id: UUID, body: NewSeason, actor: UUID, expect: int | None = None) -> Season:
        """Add a season to a series."""
        season = Season(
            id=new_id(),
            title_id=title_id,
            number=body.number,
            name=body.name or domain.season_name(body.number),
            texts=body.model_dump(exclude_none=True)["texts"],
        )
        async with (
            self._db.transaction() as session,
            edit(session, title_id, action="add_season", actor=actor, now=self._clock.now(), expect=expect) as editing,
        ):
            if editing.title.type != "series":
                raise NotASeries
            # The title's lock is held: nobody can add the same number in between.
            if (taken := await titles.season_numbered(session, title_id, body.number)) is not None:
                raise SeasonExists(id=taken)
            session.add(season)
        return season

    async def change_season(self, season_id: UUID, body: SeasonPatch, actor: UUID, expect: int | None = None) -> Season:
        """Change what a season is called."""
        async with self._db.transaction() as session:
            season = await titles.season(session, season_id)
            if season is None:
                raise SeasonNotFound
            now = self._clock.now()
            async with edit(session, season.title_id, action="change_season", actor=actor, now=now, expect=expect):
                assign(season, body)
        return season

    async def add_episode(self, season_id: UUID, body: NewEpisode, actor: UUID, expect: int | None = None) -> Episode:
        """Add an episode, with its playable, to a season."""
        async with self._db.transaction() as session:
            season = await titles.season(session, season_id)
            if season is None:
                raise SeasonNotFound
            now = self._clock.now()
            async with edit(
                session, season.title_id, action="add_episode", actor=actor, now=now, expect=expect
            ) as editing:
                if (taken := await titles.episode_numbered(session, season_id, body.number)) is not None:
                    raise EpisodeExists(id=taken[0], playable_id=taken[1])
                playable = Playable(id=new_id(), title_id=season.title_id)
                session.add(playable)
                await session.flush()
                fields = body.model_dump(exclude={"credits"}, exclude_none=True)
                episode = Episode(id=new_id(), season_id=season_id, playable_id=playable.id, **fields)
                session.add(episode)
                if body.credits:
                    await session.flush()
                    await credits.put(session, editing.title, body.credits, now, episode.id)
        return episode

    async def change_episode(
        self, episode_id: UUID, body: EpisodePatch, actor: UUID, expect: int | None = None
    ) -> Whole:
        """Change fields of an episode."""
        async with self._db.transaction() as session:
            found = await titles.episode(session, episode_id)
            if found is None:
                raise EpisodeNotFound
            episode, title_id = found
            now = self._clock.now()
            async with edit(session, title_id, action="change_episode", actor=actor, now=now, expect=expect) as editing:
                if body.credits is not None:
                    await credits.put(session, editing.title, body.credits, now, episode_id)
                assign(episode, body, apart=("credits",))
        return editing.whole

    async def change_playable(
        self, playable_id: UUID, body: PlayablePatch, actor: UUID, expect: int | None = None
    ) -> Whole:
        """Set or remove the markers of a playable."""
        async with self._db.transaction() as session:
            playable = await titles.playable(session, playable_id)
            if playable is None:
                raise PlayableNotFound
            async with edit(
                session, playable.title_id, action="change_markers", actor=actor, now=self._clock.now(), expect=expect
            ) as editing:
                assign(playable, body)
                if None not in (playable.intro_start, playable.intro_end) and (
                    (playable.intro_start or 0) >= (playable.intro_end or 0)
                ):
                    raise MarkersOutOfOrder
        return editing.whole
