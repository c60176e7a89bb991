from __future__ import annotations

import asyncio

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from libs.chassis import migrations
from libs.chassis.migrations import CHASSIS_TABLES
from services.playback.models import Base


async def test_models_and_migrations_agree(url: str) -> None:
    def differences() -> list[object]:
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={"include_name": lambda name, kind, _: not (kind == "table" and name in CHASSIS_TABLES)},
            )
            found = [step for step in compare_metadata(context, Base.metadata) if "alembic_version" not in str(step)]
        engine.dispose()
        return found

    assert await asyncio.to_thread(differences) == []


async def test_down_and_up_again(url: str) -> None:
    await asyncio.to_thread(migrations.downgrade, "services.playback", url, "base")
    await asyncio.to_thread(migrations.upgrade, "services.playback", url)
