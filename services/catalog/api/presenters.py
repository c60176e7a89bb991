"""How a title's rows become the bodies that editors get."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from services.catalog import artwork
from services.catalog.domain import as_whole
from services.catalog.models import Asset, Credit, Image, Person, Playable, TitleImage, Trailer
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_media import (
    AdminTrailer,
    AssetItem,
    Assets,
    ImageDetails,
    LocalImage,
    PlayableDetails,
)
from services.catalog.schemas.admin_titles import (
    AdminEpisode,
    AdminSeason,
    AdminTitle,
    AdminTitleRow,
    Created,
    Lifecycle,
    LocalTexts,
)
from services.catalog.schemas.browse import CreditItem
from services.catalog.schemas.fields import WindowBody
from services.catalog.schemas.people import AdminPerson, PersonCredit, PersonRow
from services.catalog.service import snapshot


def created(whole: Whole) -> Created:
    """Return the answer to a creation."""
    film = whole.film
    return Created(
        id=whole.title.id,
        slug=whole.title.slug,
        playable_id=film.id if film else None,
        version=whole.title.version,
        status=cast(Any, whole.title.status),
    )


def lifecycle(whole: Whole) -> Lifecycle:
    """Return where a title stands."""
    title = whole.title
    return Lifecycle(
        id=title.id, status=cast(Any, title.status), version=title.version, published_at=title.published_at
    )


def playable(whole: Whole, item: Playable) -> PlayableDetails:
    """Return a playable with what is known of its asset."""
    asset = whole.asset_of(item)
    return PlayableDetails(
        id=item.id,
        title_id=item.title_id,
        asset_id=item.asset_id,
        ready=asset is not None,
        duration=asset.duration if asset else None,
        intro_start=item.intro_start,
        intro_end=item.intro_end,
        credits_start=item.credits_start,
    )


def image(item: Image | TitleImage) -> ImageDetails:
    """Return a picture."""
    return ImageDetails(
        kind=item.kind,
        url=artwork.url(item.kind, item.variants) or "",
        srcset=artwork.srcset(item.variants) or "",
        width=item.width,
        height=item.height,
        color=item.color,
        blurhash=item.blurhash,
    )


def trailer(whole: Whole, item: Trailer) -> AdminTrailer:
    """Return a trailer with what is known of its asset."""
    asset = whole.asset_of(item)
    return AdminTrailer(
        id=item.id,
        playable_id=item.playable_id,
        kind=cast(Any, item.kind),
        name=item.name,
        texts=cast(Any, item.texts),
        language=item.language,
        asset_id=item.asset_id,
        ready=asset is not None,
        duration=asset.duration if asset else None,
    )


def credit(part: Credit, person: Person) -> CreditItem:
    """Return a part in a title; editors find the portrait with the person."""
    return CreditItem(
        person_id=person.id,
        name=person.name,
        role=cast(Any, part.role),
        character=part.character,
        portrait_url=None,
    )


def title(whole: Whole) -> AdminTitle:
    """Return a title with everything that belongs to it."""
    row, film = whole.title, whole.film
    return AdminTitle(
        id=row.id,
        slug=row.slug,
        type=cast(Any, row.type),
        status=cast(Any, row.status),
        version=row.version,
        name=row.name,
        description=row.description,
        tagline=row.tagline,
        other_names=row.other_names,
        year=row.year,
        genres=whole.genres,
        cast=row.cast_names,
        directors=row.directors,
        credits=[credit(*pair) for pair in whole.credits],
        tags=row.tags,
        language=row.language,
        country=row.country or None,
        maturity=row.maturity,
        certificates=row.certificates,
        descriptors=cast(Any, row.descriptors),
        runtime=row.runtime,
        availability=cast(Any, row.availability),
        free_trailers=row.free_trailers,
        windows=[WindowBody.model_validate(item, from_attributes=True) for item in whole.windows],
        artwork=[image(item) for (owner, _), item in sorted(whole.images.items()) if owner == row.id],
        texts=[LocalTexts.model_validate(item, from_attributes=True) for item in whole.texts.values()],
        local_artwork=[
            LocalImage(language=item.language, **image(item).model_dump()) for item in whole.local_images.values()
        ],
        playable=playable(whole, film) if film else None,
        seasons=[
            AdminSeason(
                id=season.id,
                number=season.number,
                name=season.name,
                texts=season.texts,
                episodes=[
                    AdminEpisode(
                        id=episode.id,
                        number=episode.number,
                        name=episode.name,
                        description=episode.description,
                        runtime=episode.runtime,
                        still_url=snapshot.image_url(whole, episode.id, "still"),
                        playable=playable(whole, whole.playables[episode.playable_id]),
                        credits=[credit(*pair) for pair in whole.episode_credits.get(episode.id, ())],
                        texts=episode.texts,
                    )
                    for episode in whole.episodes[season.id]
                ],
            )
            for season in whole.seasons
        ],
        trailers=[trailer(whole, item) for item in whole.trailers],
        missing=snapshot.missing(whole),
        published_at=row.published_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def row(item: Any) -> AdminTitleRow:
    """Return a line of the table of titles."""
    return AdminTitleRow(
        id=item.id,
        slug=item.slug,
        type=item.type,
        status=item.status,
        version=item.version,
        name=item.name,
        year=item.year,
        poster_url=artwork.url("poster", item.poster),
        playable_id=item.playable_id,
        ready=item.ready,
        published_at=item.published_at,
        changed_at=item.changed_at,
    )


def assets(current: UUID | None, items: Sequence[Asset]) -> Assets:
    """Return a playable's assets."""
    shown = next((item for item in items if item.asset_id == current), None)
    return Assets(
        items=[
            AssetItem(
                asset_id=item.asset_id,
                status=item.status,
                current=item.asset_id == current,
                duration=item.duration,
                renditions=item.renditions,
                tracks=item.tracks,
                error={"code": item.error_code, "detail": item.error_detail or ""} if item.error_code else None,
                held_back=_held_back(item, shown),
                uploaded_at=item.uploaded_at,
                ready_at=item.ready_at,
            )
            for item in items
        ]
    )


def _held_back(item: Asset, shown: Asset | None) -> dict[str, str] | None:
    """Return why a newer version that is ready is not the one viewers get."""
    if item.status != "ready" or shown is None or shown.uploaded_at is None or item.uploaded_at is None:
        return None
    if item.uploaded_at <= shown.uploaded_at or as_whole(item.duration, shown.duration):
        return None
    lengths = f"{item.duration or 0:.0f} s long, the one viewers get {shown.duration or 0:.0f} s"
    return {"code": "shorter", "detail": f"This version is {lengths}. Point at it if that is right."}


def person(item: Person, credits: Sequence[Credit], portrait: Image | None) -> AdminPerson:
    """Return a person as editors see them."""
    return AdminPerson(
        id=item.id,
        name=item.name,
        other_names=item.other_names,
        biography=item.biography,
        texts=cast(Any, item.texts),
        portrait_url=artwork.url("portrait", portrait.variants) if portrait else None,
        version=item.version,
        credits=[PersonCredit.model_validate(each, from_attributes=True) for each in credits],
        created_at=item.created_at,
        changed_at=item.changed_at,
    )


def person_row(item: Any) -> PersonRow:
    """Return a line of the table of people."""
    return PersonRow(
        id=item.id,
        name=item.name,
        other_names=item.other_names,
        version=item.version,
        titles=item.titles,
        portrait_url=artwork.url("portrait", item.portrait),
        changed_at=item.changed_at,
    )
