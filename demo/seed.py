"""Fills an empty platform with the demo catalogue, by the public API alone, as a content manager would.

Safe to kill and run again at any moment: titles are found by their slug, finished films and pictures are left alone, a
cut upload goes on where it stopped. The first film has the machine to itself, so that there is something to watch soon.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import httpx

from demo import catalogue, filming, paint, viewer
from demo.catalogue import Episode, Film, Title
from demo.cinema.script import reel
from demo.films import UnderWay, Watch
from demo.progress import Progress
from demo.studio import Refused, Studio, StudioSettings
from demo.trailers import Trailers
from libs.chassis import telemetry

log = telemetry.logger(__name__)
AHEAD = 2


class Seeding:
    """One run over the catalogue."""

    def __init__(self, studio: Studio, data: Path, titles: tuple[Title, ...]) -> None:
        self._studio = studio
        self._titles = titles
        self._here = data / "demo"
        self._art = self._here / "art"
        self._films = data / filming.FOLDER
        self._progress = Progress(self._here / "progress.json", len(titles))
        self._watch = Watch(studio, self._progress)
        self._trailers = Trailers(studio, self._films, self._here)
        self._painters: dict[str, list[subprocess.Popen[bytes]]] = {}

    def run(self) -> list[str]:
        """Seeds everything and returns the names of films that could not be made."""
        self._watch.start()
        try:
            for title, following in zip(self._titles, [*self._titles[1:], None], strict=True):
                self._seed(title, following)
            self._watch.finish()
            self._trailers.show(self._titles)
        finally:
            for painter in (one for several in self._painters.values() for one in several):
                painter.kill()
        return self._watch.failed

    # ---- one title -----------------------------------------------------------------------------------------------

    def _seed(self, title: Title, following: Title | None) -> None:
        log.info("demo_title", title=title.slug)
        found = self._on_the_platform(title)
        for film, playable in _films(title, found):
            self._mark(film, playable)
            if not playable["ready"]:
                self._film(title, found["id"], film, playable)
        self._watch.complete(title.slug, found["id"])
        if title.slug not in self._painters:
            self._paint(title, together=True)
        self._pictures(title, found)
        if following:
            self._paint(following)

    def _on_the_platform(self, title: Title) -> dict[str, Any]:
        """The title with all its seasons and episodes, made where they are missing."""
        fields = title.model_dump(
            include={"type", "name", "slug", "year", "genres", "cast", "directors", "tags", "country", "language",
                     "maturity"}, mode="json",
        )  # fmt: skip
        films = {film.key: film for film in title.films()}
        fields["runtime"] = next(iter(films.values())).seconds
        found = self._studio.title({**fields, "description": f"{title.logline} {title.description}"})
        if title.type == "movie":
            return found
        have = {season["number"]: season for season in found["seasons"]}
        for season in title.seasons:
            there = have.get(season.number)
            season_id = there["id"] if there else self._studio.season(found["id"], season.number, season.name).id
            numbers = {episode["number"] for episode in there["episodes"]} if there else set()
            for episode in season.episodes:
                if episode.number not in numbers:
                    body = episode.model_dump(include={"number", "name", "description"})
                    seconds = films[f"{title.slug}-{episode.still}"].seconds
                    self._studio.episode(season_id, {**body, "runtime": seconds})
        return self._studio.read(found["id"])

    def _mark(self, film: Film, playable: dict[str, Any]) -> None:
        """Says where the intro and the credits are, which the script knows."""
        laid = reel(film.key)
        begins, ends = laid.intro or (None, None)
        marks = {"intro_start": begins, "intro_end": ends, "credits_start": laid.credits_start}
        if any(playable.get(name) != value for name, value in marks.items()):
            self._studio.markers(str(playable["id"]), marks)

    def _film(self, title: Title, title_id: str, film: Film, playable: dict[str, Any]) -> None:
        """Brings one film on its way, unless an earlier run has."""
        file = filming.path(self._films, film.key)
        remember = self._here / "uploads" / file.stem
        playable_id = str(playable["id"])
        asset = self._studio.newest_asset(playable_id)
        if asset is None or asset["status"] == "failed":
            self._watch.wait_below(lambda: AHEAD if self._watch.any_ready else 1)
            if asset is not None:
                remember.unlink(missing_ok=True)
            self._progress.now(film.name, "filming")
            filming.make(film.key, file)
            if title.slug not in self._painters:
                # Only now, and in what the first film leaves of the machine.
                self._paint(title, together=True)
            self._progress.now(film.name, "uploading")
            asset_id = self._studio.upload(file, playable_id, remember=remember)
            log.info("demo_film_uploaded", film=film.name, asset_id=asset_id)
        else:
            asset_id = str(asset["id"])
        cleanup = partial(remember.unlink, missing_ok=True)
        self._watch.add(UnderWay(title.slug, title_id, film.name, playable_id, asset_id, cleanup))

    def _pictures(self, title: Title, found: dict[str, Any]) -> None:
        have = {image["kind"] for image in found["artwork"]}
        for kind in ("poster", "backdrop"):
            if kind not in have:
                name = f"{kind}:{title.scene}"
                self._await_paint(title, name)
                self._studio.artwork(found["id"], kind, paint.path(self._art, name).read_bytes())
        for episode, there in _episodes(title, found):
            if not there["still_url"]:
                name = f"still:{title.scene}:{episode.still}"
                self._await_paint(title, name)
                self._studio.still(there["id"], paint.path(self._art, name).read_bytes())

    # ---- painting ------------------------------------------------------------------------------------------------

    def _paint(self, title: Title, *, together: bool = False) -> None:
        """Begins to paint a title's pictures in the background; `together` at once, in what others leave of it."""
        names = [f"backdrop:{title.scene}", f"poster:{title.scene}"]
        names += [f"still:{title.scene}:{e.still}" for season in title.seasons for e in season.episodes]
        names = [name for name in names if not paint.path(self._art, name).exists()]
        batches = [[name] for name in names] if together else [names]
        nice = 15 if together else 5
        self._painters[title.slug] = [paint.start(self._art, batch, nice) for batch in batches if batch]

    def _await_paint(self, title: Title, name: str) -> None:
        """Waits for a picture; paints it here where the painter has failed."""
        for painter in self._painters.get(title.slug, []):
            while not paint.path(self._art, name).exists() and painter.poll() is None:
                try:
                    painter.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
        paint.paint(self._art, [name])


def _episodes(title: Title, found: dict[str, Any]) -> Iterator[tuple[Episode, dict[str, Any]]]:
    there = {(s["number"], e["number"]): e for s in found["seasons"] for e in s["episodes"]}
    for season in title.seasons:
        for episode in season.episodes:
            yield episode, there[season.number, episode.number]


def _films(title: Title, found: dict[str, Any]) -> Iterator[tuple[Film, dict[str, Any]]]:
    """Every film of a title with what is known of its playable."""
    there = [found["playable"]] if title.type == "movie" else [e["playable"] for _, e in _episodes(title, found)]
    yield from zip(title.films(), there, strict=True)


def main() -> None:
    """Seeds the platform that the environment names; ends with 1 where a film could not be made."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    telemetry.configure("demo")
    settings = StudioSettings()
    try:
        viewer.subscribe(settings)
    except (Refused, httpx.HTTPError) as error:
        # The films matter more; the viewer can choose a plan in the app.
        log.warning("demo_viewer_without_plan", reason=str(error))
    with Studio(settings) as studio:
        failed = Seeding(studio, settings.data, catalogue.titles()).run()
    if failed:
        log.error("demo_incomplete", films=failed)
        sys.exit(1)
    log.info("demo_complete")


if __name__ == "__main__":
    main()
