"""The upload and asset API of the transcoding pipeline: wiring only."""

from __future__ import annotations

from fastapi import FastAPI

from libs.chassis import app
from libs.chassis.database import Database
from libs.chassis.housekeeping import Housekeeping
from libs.chassis.messaging import Bus
from libs.chassis.objects import open_store
from libs.chassis.outbox import Relay
from pipelines.transcode.api import assets as asset_routes
from pipelines.transcode.api import uploads as upload_routes
from pipelines.transcode.assets import AssetService
from pipelines.transcode.keeper import Keeper
from pipelines.transcode.master import Masters
from pipelines.transcode.models import Base
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.jobs import TABLES
from pipelines.transcode.repository.leftovers import Leftovers
from pipelines.transcode.repository.uploads import Uploads
from pipelines.transcode.settings import Settings
from pipelines.transcode.spool import Spool
from pipelines.transcode.uploads import Limits, UploadService

NAME = "transcode"


def create_app(settings: Settings) -> FastAPI:
    """Build the API."""
    db = Database.of(settings, pool_size=1, hot_pool_size=8)
    bus = Bus.of(settings, service=NAME)
    uploads, assets, masters = Uploads(db), Assets(db), Masters(open_store(settings.object_store_url))
    keeper = Keeper(uploads, assets, Leftovers(db), masters, Spool(settings.work_dir))
    limits = Limits(
        largest=settings.max_upload_bytes,
        quota=settings.upload_quota_bytes,
        most=settings.most_uploads,
        idle=settings.upload_idle_seconds,
    )
    service = UploadService(uploads, assets, masters, limits, on_ended=keeper.wake)
    return app.create(
        NAME,
        settings,
        routers=[upload_routes.router, asset_routes.router],
        parts=[db, bus, Relay(db, bus), keeper, Housekeeping(db, Base, TABLES)],
        state={"uploads": service, "assets": AssetService(assets)},
    )


if __name__ == "__main__":
    app.serve(create_app, Settings, NAME)
