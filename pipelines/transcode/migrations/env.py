"""Alembic's way into the tables of the transcoding pipeline."""

from libs.chassis.data.migrations import run
from pipelines.transcode.models import Base

run(Base.metadata)
