"""What the edge asks for on behalf of who has no account, and how the app follows an address to its title."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.catalog.api.kept import AcceptLanguage
from services.catalog.schemas.fields import Slug
from services.catalog.schemas.pages import TitleAddress
from services.catalog.service.pages import Mapped, Pages
from services.catalog.service.unit_of_work import TitleNotFound

router = APIRouter(prefix="/api/v1", tags=["Browse"])
# Documents for the edge, and no operations of the API: anyone's, and left out of its description.
documents = APIRouter(prefix="/api/v1/pages", dependencies=[auth.PUBLIC], include_in_schema=False)
SHORTLY = {"Cache-Control": "public, max-age=60"}


def _pages(request: Request) -> Pages:
    return request.app.state.pages  # type: ignore[no-any-return]


Use = Annotated[Pages, Depends(_pages)]
SlugInPath = Annotated[Slug, Path(description="A title's slug, or one it had before.", examples=["the-ninth-flash"])]
Ref = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,100}$")]
# What a link may name; else what the browser asks for.
Lang = Annotated[str, Query(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$", max_length=35)]
# In any script: so they were named before, and so links may say them.
GenreRef = Annotated[str, Path(pattern=r"^[\w-]{1,100}$")]


def _spoken(head: str, language: str | None) -> Response:
    headers = {**SHORTLY, "Vary": "Accept-Language", **({"Content-Language": language} if language else {})}
    return Response(head, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/titles/by-slug/{slug}", responses=raises(TitleNotFound))
async def find_title(who: auth.Profile, use: Use, slug: SlugInPath) -> TitleAddress:
    """Find a title by the slug in its page's address."""
    return TitleAddress(id=await use.id_of(who, slug))


@documents.get("/title/{ref}")
async def title_head(use: Use, ref: Ref, lang: Lang = "", speaking: AcceptLanguage = "") -> Response:
    """The head of a title's page, in the language asked; 301 to the slug it has now for one that it had before."""
    title_id, slug, head, language = await use.head(ref, lang or speaking)
    if ref not in (slug, str(title_id)):
        return Response(status_code=301, headers={**SHORTLY, "Location": f"/title/{slug}"})
    return _spoken(head, language)


@documents.get("/person/{person_id}")
async def person_head(use: Use, person_id: UUID, lang: Lang = "", speaking: AcceptLanguage = "") -> Response:
    """The head of a person's page, in the language asked; 301 to whom they were merged into."""
    found, head, language = await use.person_head(person_id, lang or speaking)
    if found != person_id:
        return Response(status_code=301, headers={**SHORTLY, "Location": f"/person/{found}"})
    return _spoken(head, language)


@documents.get("/genre/{genre}")
async def genre_head(use: Use, genre: GenreRef, lang: Lang = "", speaking: AcceptLanguage = "") -> Response:
    """The head of a genre's page, in the language asked; 301 to its slug from its name or one it had before."""
    slug, head, language = await use.genre_head(genre, lang or speaking)
    if slug != genre:
        return Response(status_code=301, headers={**SHORTLY, "Location": f"/genre/{quote(slug)}"})
    return _spoken(head, language)


@documents.get("/collection/{collection_id}")
async def collection_head(use: Use, collection_id: UUID, lang: Lang = "", speaking: AcceptLanguage = "") -> Response:
    """The head of a collection's page, in the language asked."""
    return _spoken(*await use.collection_head(collection_id, lang or speaking))


@documents.get("/sitemap.xml")
async def sitemaps(use: Use) -> Response:
    """The list of sitemaps."""
    return Response(await use.sitemaps(), media_type="application/xml", headers=SHORTLY)


@documents.get("/sitemaps/{what}/{first}")
async def sitemap(use: Use, what: Mapped, first: UUID) -> Response:
    """One of them, from an id on."""
    return Response(await use.sitemap(what, first), media_type="application/xml", headers=SHORTLY)


@documents.get("/robots.txt")
async def robots(use: Use) -> Response:
    """What crawlers may ask for."""
    return Response(use.robots(), media_type="text/plain; charset=utf-8", headers=SHORTLY)
