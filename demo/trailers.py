"""Gives the titles of the demo their trailers, once all films are in: nobody waits for a film because of one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from demo import filming
from demo.catalogue import Title
from demo.cinema import trailer
from demo.cinema.reel import FilmingFailed
from demo.cinema.script import reel
from demo.studio import Refused, Studio
from libs.chassis import telemetry

log = telemetry.logger(__name__)


class Trailers:
    """The trailers of one run, cut from `films`. `folder` keeps them until the platform has them."""

    def __init__(self, studio: Studio, films: Path, folder: Path, pause: Callable[[float], None] = time.sleep) -> None:
        self._studio = studio
        self._films = films
        self._folder = folder
        self._pause = pause

    def show(self, titles: Sequence[Title]) -> None:
        """Uploads what is missing, the newest title first: the home page opens with it."""
        for title in reversed(titles):
            try:
                self._show(title)
            except (FilmingFailed, Refused) as failed:
                log.warning("demo_trailer_failed", title=title.slug, reason=str(failed))

    def _show(self, title: Title) -> None:
        found = self._studio.title({"type": title.type, "name": title.name, "slug": title.slug})
        there = self._studio.trailer(found, title.language)
        if not there["ready"] and not self._under_way(there):
            self._upload(title, str(there["playable_id"]))
        self._file(title).unlink(missing_ok=True)

    def _under_way(self, there: dict[str, Any]) -> bool:
        asset = self._studio.newest_asset(str(there["playable_id"]))
        return asset is not None and asset["status"] != "failed"

    def _upload(self, title: Title, playable_id: str) -> None:
        file = self._file(title)
        if not file.exists():
            film = filming.path(self._films, _key(title))
            filming.make(_key(title), film)
            trailer.cut(film, reel(_key(title)), file)
        asset_id = self._studio.upload(file, playable_id)
        while (status := str(self._studio.asset(asset_id)["status"])) not in ("ready", "failed"):
            self._pause(0.5)
        log.info("demo_trailer", title=title.slug, status=status)

    def _file(self, title: Title) -> Path:
        return self._folder / f"{title.slug}.trailer.mp4"


def _key(title: Title) -> str:
    """The film a trailer is cut from: of a series its first episode."""
    return next(title.films()).key
