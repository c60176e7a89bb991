"""Every setting of search."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Search needs its database and a folder for its index; Kafka and Redis may come later."""

    database_url: str
    # The replica's own: lost, it is built again from the database.
    index_dir: Path
    # Whether what a profile watches decides between titles that fit a search nearly equally well.
    personal: bool = True
    # Whether sentences are compared by what they mean too, where the extra `meaning` is installed: about 150 MB of memory.
    by_meaning: bool = True
    # How much memory the index's writer may fill before it writes a part of the index, in megabytes.
    writer_memory: int = Field(default=48, ge=15, le=2000)
