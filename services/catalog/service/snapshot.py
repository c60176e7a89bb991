"""A title in the two forms that leave this service's hands: the event of its state, and the flat record for the audit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from libs.contracts import catalog, media
from services.catalog import artwork, title_fields
from services.catalog.domain import PlayableState, missing_for_publication
from services.catalog.models import Asset, Credit, Episode, Person, Playable, Season
from services.catalog.repository.titles import Whole

SCHEDULE = "schedule"  # the fact of a title that says when it goes on by itself


def image_url(whole: Whole, owner: UUID, kind: str) -> str | None:
    """Return the address of a picture of the title or one of its episodes."""
    image = whole.images.get((owner, kind))
    return artwork.url(kind, image.variants) if image else None


def missing(whole: Whole) -> list[str]:
    """Return what publishing still needs."""
    if whole.title.availability == "listed":
        return []
    states = [
        PlayableState(None if whole.title.type == "movie" else 0, whole.asset_of(item) is not None)
        for item in whole.playables.values()
    ]
    return missing_for_publication(whole.title.type, len(whole.seasons), states)


def event(whole: Whole) -> catalog.TitleChanged:
    """Return the whole title as the other services may know it; playables in viewing order."""
    title = whole.title
    return catalog.TitleChanged(
        title_id=title.id,
        version=title.version,
        type=cast(Any, title.type),
        status=cast(Any, title.status),
        name=title.name,
        slug=title.slug,
        description=title.description,
        year=title.year,
        genres=tuple(whole.genres),
        cast=tuple(title.cast_names),
        directors=tuple(title.directors),
        tags=tuple(title.tags),
        language=title.language,
        country=title.country,
        maturity=title.maturity,
        runtime=title.runtime,
        poster_url=image_url(whole, title.id, "poster"),
        backdrop_url=image_url(whole, title.id, "backdrop"),
        logo_url=image_url(whole, title.id, "logo"),
        other_posters=tuple(kind for kind in artwork.OTHER_POSTERS if image_url(whole, title.id, kind)),
        windows=tuple(
            catalog.Window(starts_at=item.starts_at, ends_at=item.ends_at, regions=tuple(item.regions))
            for item in whole.windows
        ),
        playables=tuple(_playables(whole)),
        trailers=tuple(
            catalog.Trailer(
                id=item.id,
                playable_id=item.playable_id,
                kind=cast(Any, item.kind),
                name=item.name,
                language=item.language,
                asset=_asset(whole.asset_of(item)),
            )
            for item in whole.trailers
        ),
        published_at=title.published_at,
        changed_at=title.changed_at,
        credits=tuple(
            catalog.Credit(
                person_id=person.id,
                name=person.name,
                other_names=tuple(person.other_names),
                role=credit.role,
                character=credit.character,
            )
            for credit, person in whole.credits
        ),
        availability=cast(Any, title.availability),
        free_trailers=title.free_trailers,
        tagline=title.tagline,
        other_names=tuple(title.other_names),
        localized=tuple(_localized(whole)),
        descriptors=tuple(title.descriptors),
    )


def _localized(whole: Whole) -> Iterator[catalog.Localized]:
    """What the title says and shows, language by language."""
    for language in sorted({*whole.texts, *(language for language, _ in whole.local_images)}):
        said = whole.texts.get(language)
        pictures = {
            f"{kind}_url": artwork.url(kind, item.variants)
            for (of, kind), item in whole.local_images.items()
            if of == language
        }
        texts = {name: getattr(said, name) for name in ("name", "description", "tagline")} if said else {}
        yield catalog.Localized(language=language, **texts, **pictures)


def rated(
    title_id: UUID, count: int, points: int, now: datetime, profile_id: UUID | None = None, stars: int | None = None
) -> catalog.TitleRated:
    """Return what the other services may know of a title's ratings, `points` being the sum of their stars."""
    average = round(points / count, 2) if count else None
    return catalog.TitleRated(
        title_id=title_id, profile_id=profile_id, stars=stars, average=average, count=count, rated_at=now
    )


def _playables(whole: Whole) -> list[catalog.Playable]:
    if whole.title.type == "movie":
        return [_playable(whole, item, whole.title.name) for item in whole.playables.values()]
    return [
        _playable(whole, whole.playables[episode.playable_id], episode.name, season, episode)
        for season in whole.seasons
        for episode in whole.episodes[season.id]
    ]


def _playable(
    whole: Whole, item: Playable, name: str, season: Season | None = None, episode: Episode | None = None
) -> catalog.Playable:
    return catalog.Playable(
        id=item.id,
        name=name,
        season_number=season.number if season else None,
        episode_id=episode.id if episode else None,
        episode_number=episode.number if episode else None,
        still_url=image_url(whole, episode.id, "still") if episode else None,
        intro_start=item.intro_start,
        intro_end=item.intro_end,
        credits_start=item.credits_start,
        asset=_asset(whole.asset_of(item)),
    )


def _asset(asset: Asset | None) -> catalog.PlayableAsset | None:
    if asset is None or asset.hls is None or asset.dash is None:
        return None
    return catalog.PlayableAsset(
        asset_id=asset.asset_id,
        duration=asset.duration or 0,
        hls=asset.hls,
        dash=asset.dash,
        thumbnails=asset.thumbnails,
        renditions=tuple(media.Rendition.model_validate(item) for item in asset.renditions),
        tracks=tuple(media.Track.model_validate(item) for item in asset.tracks),
    )


def record(whole: Whole) -> dict[str, Any]:
    """Return every fact an edit can change, flat, so that two of them can be compared key by key."""
    title = whole.title
    facts: dict[str, Any] = {name: getattr(title, name) for name in (*title_fields.LOGGED, "published_at")}
    facts |= {"genres": list(whole.genres), "credits": [_part(*pair) for pair in whole.credits]}
    facts["windows"] = [
        {"starts_at": item.starts_at, "ends_at": item.ends_at, "regions": item.regions} for item in whole.windows
    ]
    if (planned := whole.schedule) is not None:  # nothing that is given back: a plan of before is none of today
        facts[SCHEDULE] = {"publish_at": planned.publish_at, "expire_at": planned.expire_at}
    for season in whole.seasons:
        facts[f"season.{season.id}"] = {"number": season.number, "name": season.name, "texts": season.texts}
        for episode in whole.episodes[season.id]:
            facts[f"episode.{episode.id}"] = {
                name: getattr(episode, name) for name in ("number", "name", "description", "runtime", "texts")
            }
            if parts := whole.episode_credits.get(episode.id):
                facts[f"credits.{episode.id}"] = [_part(*pair) for pair in parts]
    for item in whole.playables.values():
        asset = whole.asset_of(item)
        facts[f"playable.{item.id}"] = {
            "asset_id": item.asset_id,
            "asset_version": asset.version if asset else None,
            "intro_start": item.intro_start,
            "intro_end": item.intro_end,
            "credits_start": item.credits_start,
        }
    for place, trailer in enumerate(whole.trailers):
        asset = whole.asset_of(trailer)
        facts[f"trailer.{trailer.id}"] = {
            "place": place,
            "playable_id": trailer.playable_id,
            "kind": trailer.kind,
            "name": trailer.name,
            "language": trailer.language,
            "texts": trailer.texts,
            "asset_id": trailer.asset_id,
            "asset_version": asset.version if asset else None,
        }
    for (owner, kind), image in whole.images.items():
        facts[f"image.{owner}.{kind}"] = artwork.url(kind, image.variants)
    for language, said in whole.texts.items():
        facts[f"texts.{language}"] = {name: getattr(said, name) for name in ("name", "description", "tagline")}
    for (language, kind), picture in whole.local_images.items():
        facts[f"image.{title.id}.{kind}.{language}"] = artwork.url(kind, picture.variants)
    return facts


def _part(credit: Credit, person: Person) -> dict[str, Any]:
    return {"person_id": person.id, "name": person.name, "role": credit.role, "character": credit.character}


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts that differ, as they were and as they are."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}
