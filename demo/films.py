"""Owns the films under way: which job belongs to which title, how far it is, and publishing what has become playable."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from demo.progress import Progress
from demo.studio import Refused, Studio
from libs.chassis import telemetry

log = telemetry.logger(__name__)
TRIES = 2


@dataclass
class UnderWay:
    """One uploaded film. `cleanup` is called once viewers can have it."""

    slug: str
    title_id: str
    name: str
    playable_id: str
    asset_id: str
    cleanup: Callable[[], None]
    tries: int = 1
    encoded: bool = False


class Watch:
    """Follows jobs in a thread of its own until told that no more will come, and publishes titles as they can be played.

    A title counts as ready when it is published and none of its films is under way.
    """

    def __init__(self, studio: Studio, progress: Progress, every: float = 1.0) -> None:
        self._studio = studio
        self._progress = progress
        self._every = every
        self._films: list[UnderWay] = []
        self._complete: dict[str, str] = {}
        self._published: set[str] = set()
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="films", daemon=True)
        self.failed: list[str] = []
        self.error: BaseException | None = None
        self.any_ready = False

    def start(self) -> None:
        """Begins to follow jobs."""
        self._thread.start()

    def add(self, film: UnderWay) -> None:
        """Takes on an uploaded film."""
        with self._changed:
            self._films.append(film)
            self._changed.notify_all()

    def complete(self, slug: str, title_id: str) -> None:
        """All films of a title have been uploaded, so that it is ready once they are."""
        with self._changed:
            self._complete[slug] = title_id
            self._changed.notify_all()

    def wait_below(self, limit: Callable[[], int]) -> None:
        """Waits until fewer than `limit()` films are being encoded."""
        with self._changed:
            while sum(not film.encoded for film in self._films) >= limit() and self.error is None:
                self._changed.wait(1.0)
        if self.error:
            raise self.error

    def finish(self) -> None:
        """Waits until every film is done and every title that can be is published."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join()
        if self.error:
            raise self.error

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    films, done = list(self._films), self._ending and not self._films and not self._complete
                if done:
                    return
                for film in films:
                    self._follow(film)
                self._count()
                with self._changed:
                    self._changed.wait(self._every)
        except (Refused, httpx.TransportError, RuntimeError) as error:
            log.exception("demo_watch_failed")
            with self._changed:
                self.error = error
                self._changed.notify_all()

    def _follow(self, film: UnderWay) -> None:
        if not film.encoded:
            asset = self._studio.asset(film.asset_id)
            status = str(asset["status"])
            if status == "failed":
                self._again(film, asset)
                return
            if status != "ready":
                share = float(asset.get("progress") or 0)
                self._progress.now(film.name, f"{status} {share:.0%}" if share else status)
                return
            log.info("demo_film_encoded", film=film.name, asset_id=film.asset_id)
            film.encoded = self.any_ready = True
        if film.slug not in self._published and not self._studio.publish(film.title_id):
            return
        if film.slug not in self._published:
            self._published.add(film.slug)
            log.info("demo_title_published", title=film.slug)
        if self._playable(film):
            self._drop(film)

    def _playable(self, film: UnderWay) -> bool:
        """Whether the catalogue has taken in the asset: its event may still be on its way."""
        return any(
            found["id"] == film.playable_id and found["ready"] for found in playables(self._studio.read(film.title_id))
        )

    def _again(self, film: UnderWay, asset: dict[str, Any]) -> None:
        error = asset.get("error") or {}
        log.warning("demo_film_failed", film=film.name, code=error.get("code"), detail=error.get("detail"))
        if film.tries < TRIES:
            film.tries += 1
            self._studio.call("POST", f"/assets/{film.asset_id}/retry")
            return
        self.failed.append(film.name)
        self._drop(film)

    def _drop(self, film: UnderWay) -> None:
        film.cleanup()
        with self._changed:
            self._films.remove(film)
            self._changed.notify_all()

    def _count(self) -> None:
        with self._changed:
            busy = {film.slug for film in self._films}
            over = {slug: title_id for slug, title_id in self._complete.items() if slug not in busy}
        for slug, title_id in over.items():
            if slug in self._published or self._studio.publish(title_id):
                self._progress.ready(slug)
            with self._changed:
                del self._complete[slug]


def playables(title: dict[str, Any]) -> list[dict[str, Any]]:
    """Every playable of a title as editors see it."""
    found = [title["playable"]] if title.get("playable") else []
    return found + [episode["playable"] for season in title["seasons"] for episode in season["episodes"]]
