"""What was made of parts of a film, in the object store until the film is published: any machine's finish can have it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from libs.chassis.object_store import ObjectStore
from pipelines.transcode.media import planned
from pipelines.transcode.media.film import AT_ONCE, Done
from pipelines.transcode.media.planned import Planned
from pipelines.transcode.media.work import together
from pipelines.transcode.repository.steps import Step


def folder(asset_id: UUID) -> str:
    """Return the prefix of an asset's unfinished work; never served."""
    return f"work/{asset_id}"


class Products:
    """The plan and the parts of films."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keep_plan(self, asset_id: UUID, plan: Planned) -> str:
        """Store a plan and return its name."""
        name = plan.digest()
        await self._store.put_bytes(f"{folder(asset_id)}/{name}/plan.json", planned.dumps(plan))
        return name

    async def plan(self, asset_id: UUID, name: str) -> Planned:
        """Return a plan. Raises NoSuchObject."""
        return planned.loads(await self._store.get_bytes(f"{folder(asset_id)}/{name}/plan.json"))

    async def keep(self, step: Step, here: Path, done: Done) -> dict[str, Any]:
        """Store the files of a part, under names that no other taker of its step writes to, and remove them here."""
        place = f"{folder(step.asset_id)}/{step.plan}/{step.kind}-{step.number}-{step.takes}"
        await together(
            (self._store.put_file(f"{place}/{Path(name).name}", here / name) for name in done.files), AT_ONCE
        )
        for name in done.files:
            (here / name).unlink()
        return {"place": place, "files": list(done.files), "value": done.value}

    async def bring(self, kept: dict[str, Any], here: Path, names: Sequence[str]) -> None:
        """Bring files of a part into a directory. Raises NoSuchObject."""
        for name in names:
            target = here / name
            target.parent.mkdir(parents=True, exist_ok=True)
            await self._store.download(f"{kept['place']}/{target.name}", target)

    async def drop(self, kept: dict[str, Any]) -> None:
        """Remove a part that came too late."""
        await self._store.delete_prefix(kept["place"])

    async def clear(self, asset_id: UUID) -> None:
        """Remove everything of an asset."""
        await self._store.delete_prefix(folder(asset_id))
