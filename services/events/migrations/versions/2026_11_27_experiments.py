"""Experiments and flags, who met them, and what each profile watched on each day."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "events_0004"
down_revision = "events_0003"

MOMENT = sa.DateTime(timezone=True)


def _made() -> list[sa.Column[Any]]:
    return [
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table("flags", *_made())
    op.create_table("experiments", *_made(), sa.Column("started_at", MOMENT), sa.Column("stopped_at", MOMENT))
    op.create_table(
        "exposures",
        sa.Column("experiment", sa.Text(), primary_key=True),
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column("crossed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
    )
    op.create_index("ix_exposures_first_at", "exposures", ["first_at"])
    op.create_index("ix_exposures_account_id", "exposures", ["account_id"])
    op.create_table(
        "profile_days",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("watched", sa.Float(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("startups", sa.Integer(), nullable=False),
        sa.Column("startup_ms", sa.Float(), nullable=False),
        sa.Column("stalled", sa.Float(), nullable=False),
    )
    op.create_index("ix_profile_days_day", "profile_days", ["day"])
    op.create_index("ix_profile_days_account_id", "profile_days", ["account_id"])
    op.create_table(
        "plans",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    for table in ("plans", "profile_days", "exposures", "experiments", "flags"):
        op.drop_table(table)
