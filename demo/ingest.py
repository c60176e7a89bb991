"""`make ingest`: puts one film of yours on the platform, with a progress bar for the upload and one for the job."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from demo.studio import Refused, Studio, StudioSettings
from demo.tus import UploadFailed


class IngestFailed(SystemExit):
    """Ends the program with 1, after a sentence has been printed."""


def ingest(
    file: Path,
    title: str = "",
    *,
    trailer_of: str = "",
    release_at: str = "",
    settings: StudioSettings | None = None,
    console: Console | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Creates a film called `title` (or after its file), uploads `file`, waits for the job, publishes.

    With `trailer_of`, the slug of a title, the file becomes a trailer of that one instead. With `release_at`, a moment in
    ISO 8601, it is encoded before all others where that is due within a day. Returns the id of the title.
    Where and as whom come from BIJOU_PUBLIC_URL, BIJOU_ADMIN_EMAIL and BIJOU_ADMIN_PASSWORD. Ends with a sentence and
    status 1 when the platform cannot take the film.
    """
    screen = console or Console()
    where = settings or StudioSettings()
    name = title.strip() or file.stem.replace("_", " ").replace("-", " ").strip() or "Untitled"
    if not file.is_file() or file.stat().st_size == 0:
        screen.print(f"[red]There is no film in {file}.[/] Name a video file: make ingest FILE=film.mp4")
        raise IngestFailed(1)
    try:
        with Studio(where, pause=pause) as studio:
            if trailer_of:
                return _trailer(
                    studio, file, title.strip() or "Trailer", trailer_of, release_at, screen, pause, where.public_url
                )
            return _ingest(studio, file, name, release_at, screen, pause, where.public_url)
    except (Refused, UploadFailed) as refused:
        screen.print(f"[red]{refused}[/]")
    except httpx.TransportError:
        screen.print(f"[red]Nothing answers at {where.public_url}.[/] Is the platform up? make up starts it.")
    raise IngestFailed(1)


def _ingest(
    studio: Studio,
    file: Path,
    name: str,
    release_at: str,
    screen: Console,
    pause: Callable[[float], None],
    public_url: str,
) -> str:
    made = studio.call("POST", "/titles", json={"type": "movie", "name": name})
    asset = _encoded(studio, file, str(made["playable_id"]), release_at, screen, pause)
    for _ in range(120):
        if studio.publish(str(made["id"])):
            heights = ", ".join(f"{r['height']}p" for r in asset.get("renditions", []))
            screen.print(f"[green]{name}[/] is on: [link]{public_url}/title/{made['id']}[/link]  [dim]{heights}[/]")
            return str(made["id"])
        pause(0.5)
    screen.print(
        "The film is encoded, but the catalogue has not taken it in yet. Look at its log (make logs PARTS=catalog); once it has,"
        f" POST {public_url}/api/v1/admin/titles/{made['id']}/publish puts it on."
    )
    raise IngestFailed(1)


def _trailer(
    studio: Studio,
    file: Path,
    name: str,
    slug: str,
    release_at: str,
    screen: Console,
    pause: Callable[[float], None],
    public_url: str,
) -> str:
    found = studio.call("GET", "/titles", params={"slug": slug})["items"]
    if not found:
        screen.print(
            f"[red]There is no title {slug}.[/] Its slug stands in the table of titles: GET /api/v1/admin/titles."
        )
        raise IngestFailed(1)
    title_id = str(found[0]["id"])
    made = studio.call("POST", f"/titles/{title_id}/trailers", json={"name": name})
    try:
        _encoded(studio, file, str(made["playable_id"]), release_at, screen, pause)
    except IngestFailed:
        studio.call("DELETE", f"/trailers/{made['id']}")
        raise
    screen.print(f"[green]{name}[/] of {found[0]['name']} is on: [link]{public_url}/title/{title_id}[/link]")
    return title_id


def _encoded(
    studio: Studio, file: Path, playable_id: str, release_at: str, screen: Console, pause: Callable[[float], None]
) -> dict[str, Any]:
    """Uploads a film for a playable and waits until it can be played."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(), console=screen) as bars:
        sending = bars.add_task("Uploading", total=file.stat().st_size)
        asset_id = studio.upload(
            file,
            playable_id,
            release_at=release_at,
            progress=lambda done, total: bars.update(sending, completed=done),
        )
    with Progress(*columns, TextColumn("[dim]{task.fields[state]}"), console=screen) as bars:
        job = bars.add_task("Encoding", total=1.0, state="queued")
        while True:
            asset = studio.asset(asset_id)
            status = str(asset["status"])
            done = 1.0 if status == "ready" else float(asset.get("progress") or 0)
            bars.update(job, completed=done, state=status)
            if status in ("ready", "failed"):
                break
            pause(0.5)
    for one in asset.get("left_out", ()):
        named = f"{one['kind']} {one['number'] + 1} ({one['language']})"
        screen.print(f"[yellow]Left out: {named}, for {one['reason']}.[/]", highlight=False)
    if status == "failed":
        error = asset.get("error") or {}
        screen.print(f"[red]{error.get('detail') or 'The film could not be encoded.'}[/]")
        raise IngestFailed(1)
    return asset
