"""What editors write: one title with everything that belongs to it, read under its lock and changed together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.contracts.catalog import SPECIALS
from services.catalog.models import (
    Asset,
    Audit,
    Credit,
    Episode,
    FormerSlug,
    Genre,
    Image,
    Person,
    Playable,
    Schedule,
    Season,
    Title,
    TitleImage,
    TitleText,
    Trailer,
    Window,
)


@dataclass
class Whole:
    """A title and its parts; seasons, episodes, trailers and credits in their order, `assets` those that are pointed at.

    `credits` are the title's own, `episode_credits` by episode; `texts` by language, `local_images` by language and kind.
    """

    title: Title
    genres: list[str] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    seasons: list[Season] = field(default_factory=list)
    episodes: dict[UUID, list[Episode]] = field(default_factory=dict)
    playables: dict[UUID, Playable] = field(default_factory=dict)
    trailers: list[Trailer] = field(default_factory=list)
    credits: list[tuple[Credit, Person]] = field(default_factory=list)
    episode_credits: dict[UUID, list[tuple[Credit, Person]]] = field(default_factory=dict)
    assets: dict[UUID, Asset] = field(default_factory=dict)
    images: dict[tuple[UUID, str], Image] = field(default_factory=dict)
    texts: dict[str, TitleText] = field(default_factory=dict)
    local_images: dict[tuple[str, str], TitleImage] = field(default_factory=dict)
    schedule: Schedule | None = None

    @property
    def film(self) -> Playable | None:
        """The playable of a film."""
        return next(iter(self.playables.values()), None) if self.title.type == "movie" else None

    def asset_of(self, item: Playable | Trailer) -> Asset | None:
        """The asset a playable or a trailer points at."""
        return self.assets.get(item.asset_id) if item.asset_id else None


async def lock(session: AsyncSession, title_id: UUID) -> Title | None:
    """Return the title, held until the transaction ends, so that its versions and events have one order."""
    # Not a full lock: ratings and reviews that refer to a title need not wait for its editors.
    return await session.get(Title, title_id, with_for_update={"key_share": True}, populate_existing=True)


async def get(session: AsyncSession, title_id: UUID) -> Title | None:
    """Return the title as it stands, without holding it."""
    return await session.get(Title, title_id)


async def lock_all(session: AsyncSession, ids: Collection[UUID]) -> list[Title]:
    """Return titles, held in the same way, in the order of their ids."""
    statement = select(Title).where(Title.id.in_(ids)).order_by(Title.id).with_for_update(key_share=True)
    return list(await session.scalars(statement, execution_options={"populate_existing": True}))


async def load(session: AsyncSession, title: Title) -> Whole:
    """Return a title with all its parts as they stand in this transaction."""
    return (await load_all(session, [title]))[title.id]


async def load_all(session: AsyncSession, held: Sequence[Title]) -> dict[UUID, Whole]:
    """Return titles by id, each with all its parts as they stand in this transaction."""
    await session.flush()
    if not held:
        return {}
    # What this session read before it held a title may be old by now.
    fresh = {"populate_existing": True}
    wholes = {title.id: Whole(title) for title in held}
    slugs = {slug for title in held for slug in title.genres}
    genres = await session.execute(select(Genre.slug, Genre.name).where(Genre.slug.in_(slugs))) if slugs else ()
    names = {row.slug: row.name for row in genres}
    for window in await session.scalars(
        select(Window).where(Window.title_id.in_(wholes)).order_by(Window.position), execution_options=fresh
    ):
        wholes[window.title_id].windows.append(window)
    seasons = select(Season).where(Season.title_id.in_(wholes)).order_by(Season.number == SPECIALS, Season.number)
    series: dict[UUID, Whole] = {}
    for season in await session.scalars(seasons, execution_options=fresh):
        series[season.id] = wholes[season.title_id]
        series[season.id].seasons.append(season)
        series[season.id].episodes[season.id] = []
    owners = dict(wholes)
    found = select(Episode).where(Episode.season_id.in_(series)).order_by(Episode.number)
    for episode in await session.scalars(found, execution_options=fresh) if series else ():
        owners[episode.id] = series[episode.season_id]
        owners[episode.id].episodes[episode.season_id].append(episode)
    for playable in await session.scalars(
        select(Playable).where(Playable.title_id.in_(wholes)), execution_options=fresh
    ):
        wholes[playable.title_id].playables[playable.id] = playable
    trailers = select(Trailer).where(Trailer.title_id.in_(wholes)).order_by(Trailer.position, Trailer.id)
    for trailer in await session.scalars(trailers, execution_options=fresh):
        wholes[trailer.title_id].trailers.append(trailer)
    parts = select(Credit, Person).join(Person, Person.id == Credit.person_id).where(Credit.title_id.in_(wholes))
    for credit, person in await session.execute(parts.order_by(Credit.position, Credit.id), execution_options=fresh):
        whole = wholes[credit.title_id]
        group = whole.episode_credits.setdefault(credit.episode_id, []) if credit.episode_id else whole.credits
        group.append((credit, person))
    images = select(Image).where(Image.owner_id.in_(owners))
    for image in await session.scalars(images, execution_options=fresh):
        owners[image.owner_id].images[image.owner_id, image.kind] = image
    texts = select(TitleText).where(TitleText.title_id.in_(wholes)).order_by(TitleText.language)
    for said in await session.scalars(texts, execution_options=fresh):
        wholes[said.title_id].texts[said.language] = said
    planned = select(Schedule).where(Schedule.title_id.in_(wholes))
    for plan in await session.scalars(planned, execution_options=fresh):
        wholes[plan.title_id].schedule = plan
    pictures = select(TitleImage).where(TitleImage.title_id.in_(wholes)).order_by(TitleImage.language, TitleImage.kind)
    for picture in await session.scalars(pictures, execution_options=fresh):
        wholes[picture.title_id].local_images[picture.language, picture.kind] = picture
    pointing: dict[UUID, Whole] = {}
    for whole in wholes.values():
        pointed: list[Playable | Trailer] = [*whole.playables.values(), *whole.trailers]
        pointing |= {item.asset_id: whole for item in pointed if item.asset_id}
    assets = select(Asset).where(Asset.asset_id.in_(pointing), Asset.status == "ready")
    for asset in await session.scalars(assets, execution_options=fresh) if pointing else ():
        pointing[asset.asset_id].assets[asset.asset_id] = asset
    for whole in wholes.values():
        whole.genres = [names[slug] for slug in whole.title.genres if slug in names]
    return wholes


async def title_by_slug(session: AsyncSession, slug: str) -> UUID | None:
    """Return the id of the title with this slug."""
    return (await session.execute(select(Title.id).where(Title.slug == slug))).scalar()


async def slug_is_free(session: AsyncSession, slug: str) -> bool:
    """Return whether no title has this slug or had it while it was shown."""
    found = await session.execute(
        select(Title.id).where(Title.slug == slug).union_all(select(FormerSlug.title_id).where(FormerSlug.slug == slug))
    )
    return found.first() is None


async def insert_title(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Insert a title unless its slug is taken; say whether it was inserted."""
    statement = insert(Title).values(values).on_conflict_do_nothing(index_elements=["slug"]).returning(Title.id)
    return (await session.execute(statement)).first() is not None


async def ensure_genres(session: AsyncSession, genres: dict[str, str]) -> None:
    """Add genres (slug → name) that are not known yet."""
    if genres:
        rows = [{"slug": slug, "name": name} for slug, name in sorted(genres.items())]
        await session.execute(insert(Genre).values(rows).on_conflict_do_nothing())


async def replace_windows(session: AsyncSession, title_id: UUID, windows: Sequence[dict[str, Any]]) -> None:
    """Give a title these windows instead of what it had."""
    await session.execute(delete(Window).where(Window.title_id == title_id))
    session.add_all(Window(title_id=title_id, position=n, **window) for n, window in enumerate(windows))


async def season(session: AsyncSession, season_id: UUID) -> Season | None:
    """Return a season."""
    return await session.get(Season, season_id)


async def season_numbered(session: AsyncSession, title_id: UUID, number: int) -> UUID | None:
    """Return the id of a title's season with this number."""
    statement = select(Season.id).where(Season.title_id == title_id, Season.number == number)
    return (await session.execute(statement)).scalar()


async def episode(session: AsyncSession, episode_id: UUID) -> tuple[Episode, UUID] | None:
    """Return an episode and its title's id."""
    statement = (
        select(Episode, Season.title_id).join(Season, Season.id == Episode.season_id).where(Episode.id == episode_id)
    )
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else None


async def episode_numbered(session: AsyncSession, season_id: UUID, number: int) -> tuple[UUID, UUID] | None:
    """Return the ids of a season's episode with this number and of its playable."""
    statement = select(Episode.id, Episode.playable_id).where(Episode.season_id == season_id, Episode.number == number)
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else None


async def playable(session: AsyncSession, playable_id: UUID) -> Playable | None:
    """Return a playable."""
    return await session.get(Playable, playable_id)


async def trailer(session: AsyncSession, trailer_id: UUID) -> Trailer | None:
    """Return a trailer."""
    return await session.get(Trailer, trailer_id)


async def pointing(session: AsyncSession, playable_id: UUID) -> Playable | Trailer | None:
    """Return what points at the assets of a playable id: a film, an episode or a trailer."""
    trailers = select(Trailer).where(Trailer.playable_id == playable_id)
    return await playable(session, playable_id) or (await session.scalars(trailers)).first()


async def put_text(session: AsyncSession, values: dict[str, Any]) -> None:
    """Insert a title's texts in a language, or replace those it had."""
    statement = insert(TitleText).values(values)
    texts = {name: statement.excluded[name] for name in ("name", "description", "tagline")}
    await session.execute(statement.on_conflict_do_update(index_elements=["title_id", "language"], set_=texts))


async def replace_texts(session: AsyncSession, title_id: UUID, texts: Mapping[str, Mapping[str, Any]]) -> None:
    """Give a title these texts, by language, instead of what it had."""
    others = TitleText.language.not_in(texts)
    await session.execute(delete(TitleText).where(TitleText.title_id == title_id, others))
    for tag, said in sorted(texts.items()):
        await put_text(session, {"title_id": title_id, "language": tag, **said})


# What a picture is.
PICTURE = ("variants", "width", "height", "color", "blurhash", "updated_at")


async def put_image(session: AsyncSession, values: dict[str, Any]) -> None:
    """Insert a picture, or replace the one its owner had of this kind; with a `language` the one for that."""
    local = "language" in values
    statement = insert(TitleImage if local else Image).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["title_id", "language", "kind"] if local else ["owner_id", "kind"],
            set_={name: statement.excluded[name] for name in PICTURE},
        )
    )


async def audit(session: AsyncSession, subject_id: UUID, limit: int) -> list[Audit]:
    """Return the edits of a title or a person, the newest first."""
    newest = Audit.at.desc(), Audit.id.desc()
    statement = select(Audit).where(Audit.subject_id == subject_id).order_by(*newest).limit(limit)
    return list(await session.scalars(statement))


async def edits_after(session: AsyncSession, subject_id: UUID, version: int) -> list[Audit]:
    """Return the edits that came after a version, the newest first."""
    statement = select(Audit).where(Audit.subject_id == subject_id, Audit.version > version)
    return list(await session.scalars(statement.order_by(Audit.version.desc(), Audit.id.desc())))


async def oldest_version(session: AsyncSession, subject_id: UUID) -> int | None:
    """Return the version that the oldest edit in the log made; None where the log knows of none."""
    return (await session.execute(select(func.min(Audit.version)).where(Audit.subject_id == subject_id))).scalar()


async def edits_of(session: AsyncSession, versions: Mapping[UUID, int]) -> dict[UUID, Audit]:
    """Return the edit that made a version of each of some subjects."""
    wanted = tuple_(Audit.subject_id, Audit.version).in_(versions.items())
    return {item.subject_id: item for item in await session.scalars(select(Audit).where(wanted))}


async def table(
    session: AsyncSession,
    *,
    slug: str | None,
    status: str | None,
    kind: str | None,
    query: str | None,
    limit: int,
    offset: int,
) -> tuple[list[Any], int]:
    """Return one page of the table of titles, the newest first, and how many there are."""
    conditions = [
        condition
        for value, condition in (
            (slug, Title.slug == slug),
            (status, Title.status == status),
            (kind, Title.type == kind),
            (query, Title.name.icontains(query or "", autoescape=True)),
        )
        if value is not None
    ]
    total = (await session.execute(select(func.count()).select_from(Title).where(*conditions))).scalar_one()
    of_title = select(Playable).where(Playable.title_id == Title.id)
    ready = of_title.where(Playable.asset_id.is_not(None)).exists().label("ready")
    film = select(Playable.id).where(Playable.title_id == Title.id, Title.type == "movie").limit(1)
    poster = select(Image.variants).where(Image.owner_id == Title.id, Image.kind == "poster")
    statement = (
        select(
            *Title.__table__.columns,
            ready,
            film.scalar_subquery().label("playable_id"),
            poster.scalar_subquery().label("poster"),
        )
        .where(*conditions)
        .order_by(Title.created_at.desc(), Title.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(await session.execute(statement)), total


async def wrote_since_approval(session: AsyncSession, title_id: UUID, actor: UUID, steps: Collection[str]) -> bool:
    """Tell whether somebody changed what a title says, by anything but `steps` of its way, since it was approved last."""
    of = Audit.subject_id == title_id
    approved = select(func.coalesce(func.max(Audit.version), 0)).where(of, Audit.action == "approve")
    wrote = of, Audit.actor == actor, Audit.action.not_in(steps), Audit.version > approved.scalar_subquery()
    return (await session.execute(select(Audit.id).where(*wrote).limit(1))).first() is not None


async def write_audit(
    session: AsyncSession,
    *,
    id: UUID,
    subject_id: UUID,
    actor: UUID | None,
    action: str,
    version: int,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    at: datetime,
) -> None:
    """Keep one edit."""  # fmt: skip
    session.add(
        Audit(
            id=id, subject_id=subject_id, actor=actor, action=action, version=version, before=before, after=after, at=at
        )
    )
