"""What the neighbours of a page know: three titles, one of them only announced, and what a viewer did with them."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from libs.chassis.ids import new_id
from tests.gateway.servers import Neighbour

API = "/api/v1"
# The same in every process that collects these tests, whose names hold it.
FILM = "01900000-0000-7000-8000-000000000001"
COLLECTION = str(new_id())
SERIES, HIDDEN, LISTED = (str(new_id()) for _ in range(3))
EPISODE, FILM_PLAYABLE = str(new_id()), str(new_id())


def card(title_id: str, name: str, kind: str = "movie", **more: Any) -> dict[str, Any]:
    return {
        "title_id": title_id,
        "name": name,
        "type": kind,
        "description": "A cook and a lighthouse.",
        "year": 2026,
        "maturity": 12,
        "genres": ["drama"],
        "runtime": 5400,
        "playable_id": FILM_PLAYABLE if kind == "movie" else None,
        "poster_url": f"/images/{title_id}/poster.webp",
        "poster_srcset": None,
        "backdrop_url": None,
        "backdrop_srcset": None,
        "logo_url": None,
        "color": "#112233",
        **more,
    }


CARDS = {
    FILM: card(FILM, "Salt", backdrop_url="/images/backdrop.webp"),
    SERIES: card(SERIES, "Moss", "series"),
    LISTED: card(LISTED, "Fog", backdrop_url="/images/fog.webp", availability="listed", playable_id=None),
}
DETAILS = {
    "id": FILM,
    "slug": "salt",
    "type": "movie",
    "name": "Salt",
    "description": "A cook and a lighthouse.",
    "year": 2026,
    "genres": ["drama"],
    "cast": ["Ada"],
    "directors": [],
    "tags": [],
    "language": "en",
    "country": "FR",
    "maturity": 12,
    "runtime": 5400,
    "rating": {"average": 4.5, "count": 6},
    "my_rating": 5,
    "playable_id": FILM_PLAYABLE,
    "seasons": None,
    "artwork": {"poster": "/images/p.webp", "backdrop": None, "logo": None, "color": "#000000"},
    "published_at": "2026-11-20T12:00:00Z",
}
VIEWING = {
    "title_id": SERIES,
    "playable_id": EPISODE,
    "position": 30.0,
    "duration": 120.0,
    "progress": 0.25,
    "updated_at": "2026-11-20T12:00:00Z",
    "name": "Moss (as last seen)",
    "type": "series",
    "poster_url": "/images/old.webp",
    "season_number": 1,
    "episode_number": 2,
    "episode_name": "Rain",
}


class Cards(Neighbour):
    """Catalog: answers `/titles/cards` with the cards that were asked for, in that order."""

    async def any(self, request: Any) -> Any:
        if request.url.path == f"{API}/titles/cards" and request.url.path not in self.held and "*" not in self.held:
            ids = request.query_params["ids"].split(",")
            return JSONResponse({"items": [CARDS[i] for i in ids if i in CARDS]})
        return await super().any(request)


RECOMMENDED: dict[str, Any] = {
    "recommendation_id": str(new_id()),
    "model": "m1",
    "personal": True,
    "rows": [
        {
            "id": f"because-{SERIES}",
            "kind": "because_watched",
            "reason": {"code": "because_watched", "title_id": SERIES, "title": "Moss", "genre": None},
            "title_ids": [SERIES, HIDDEN, FILM],
        },
        {
            "id": "top10",
            "kind": "top10",
            "reason": {"code": "top10", "title_id": None, "title": None, "genre": None},
            "title_ids": [HIDDEN, FILM],
        },
        {  # what may not be seen is not named either
            "id": f"because-{HIDDEN}",
            "kind": "because_watched",
            "reason": {"code": "because_watched", "title_id": HIDDEN, "title": "Hidden", "genre": None},
            "title_ids": [SERIES, FILM],
        },
    ],
}
