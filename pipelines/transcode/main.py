"""The upload and asset API of the transcoding pipeline: wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis.data.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.http import app
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.outbox import Relay
from libs.chassis.object_store import open_store
from pipelines.transcode.api import assets as asset_routes
from pipelines.transcode.api import uploads as upload_routes
from pipelines.transcode.models import Base
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.jobs import TABLES
from pipelines.transcode.repository.leftovers import Leftovers
from pipelines.transcode.repository.uploads import Uploads
from pipelines.transcode.service.assets import AssetService
from pipelines.transcode.service.cleanup import Cleanup
from pipelines.transcode.service.masters import PRIVATE, Masters
from pipelines.transcode.service.spool import Spool
from pipelines.transcode.service.uploads import Limits, UploadService
from pipelines.transcode.settings import Settings

NAME = "transcode"


def create_app(settings: Settings) -> FastAPI:
    """Build the API."""
    db = Database.of(settings, pool_size=1, hot_pool_size=8)
    bus = Bus.of(settings, service=NAME)
    uploads, assets, masters = Uploads(db), Assets(db), Masters(open_store(settings.object_store_url, PRIVATE))
    cleanup = Cleanup(uploads, assets, Leftovers(db), masters, Spool(settings.work_dir))
    limits = Limits(
        largest=settings.max_upload_bytes,
        quota=settings.upload_quota_bytes,
        most=settings.most_uploads,
        idle=settings.upload_idle_seconds,
    )
    service = UploadService(uploads, assets, masters, limits, on_ended=cleanup.wake)
    return app.create(
        NAME,
        settings,
        routers=[upload_routes.router, asset_routes.router],
        components=[db, bus, Relay(db, bus), cleanup, Housekeeping(db, Base, TABLES)],
        state={"uploads": service, "assets": AssetService(assets)},
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, NAME)
