"""The tables of the transcoding pipeline; procrastinate keeps its own beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata
from libs.chassis.data.lifetimes import Forever

STATES = ("receiving", "complete", "joined", "removed")
KINDS = ("plan", "sound", "captions", "chunk", "finish")
STATUSES = ("queued", "probing", "encoding", "packaging", "checking", "ready", "failed")


class Base(DeclarativeBase):
    """Base of the tables."""

    metadata = new_metadata()
    type_annotation_map = {
        UUID: Uuid,
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        list[dict[str, Any]]: JSONB,
        dict[str, Any]: JSONB,
    }


class Upload(Base):
    """An upload; kept as long as its asset, or until a week after the last byte.

    `received` bytes are in the object store, in `upload_parts`; `spooled` ones still lie in a directory of one machine,
    as versions before parts left them. Only the holder of `claim` writes. `concat` is tus's `Upload-Concat`. `stored_at`
    is when the whole master was in the object store; `tidied_at` when what failed writers left there was removed.
    """

    __tablename__ = "uploads"
    __lifetime__ = Forever("one for each film that arrived; the cleanup removes what was abandoned")
    __table_args__ = (
        CheckConstraint("received BETWEEN 0 AND length", name="received"),
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
        CheckConstraint("(state = 'complete') = (asset_id IS NOT NULL)", name="complete"),
        CheckConstraint("playable_id IS NOT NULL OR concat = 'partial'", name="playable"),
        Index("ix_uploads_account_id", "account_id", postgresql_where=text("state = 'receiving'")),
        Index("ix_uploads_waiting", "updated_at", postgresql_where=text("tidied_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    playable_id: Mapped[UUID | None]
    filename: Mapped[str]
    length: Mapped[int]
    received: Mapped[int] = mapped_column(server_default=text("0"))
    label_rungs: Mapped[bool] = mapped_column(server_default=text("false"))
    asset_id: Mapped[UUID | None]
    stored_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    state: Mapped[str] = mapped_column(server_default=text("'receiving'"))
    spooled: Mapped[bool] = mapped_column(server_default=text("false"))
    concat: Mapped[str | None]
    joined_into: Mapped[UUID | None]
    upload_metadata: Mapped[str] = mapped_column("metadata", server_default=text("''"))
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    tidied_at: Mapped[datetime | None]


class UploadPart(Base):
    """Where bytes of an upload are: `length` bytes from `start` are the object `key`."""

    __tablename__ = "upload_parts"
    __lifetime__ = Forever("a few hundred for each upload, gone with it or with what became of it")
    __table_args__ = (
        CheckConstraint("start >= 0 AND length > 0", name="range"),
        UniqueConstraint("upload_id", "start", deferrable=True, initially="DEFERRED"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"))
    start: Mapped[int]
    length: Mapped[int]


class Asset(Base):
    """One encoded version of a playable, and what is known of the work on it.

    `attempt` is the fence of what speaks for the whole film: only the newest one may. `plan` names what its parts will be.
    `worked` seconds have been spent on it, counted from `fair_start`; see domain.py. `strikes` and `job_id` are of the version
    before, which knew no steps. `version` grows with every event about the asset. `tidied_at`: when the runs of attempts that
    published nothing were removed from the object store.
    """

    __tablename__ = "assets"
    __lifetime__ = Forever("one for each film that arrived")
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
        Index("ix_assets_playable_id_id", "playable_id", text("id DESC")),
        Index("ix_assets_untidy", "updated_at", postgresql_where=text("tidied_at IS NULL")),
        Index("ix_assets_live", "created_at", postgresql_where=text("status NOT IN ('ready', 'failed')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID]
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id"), unique=True)
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    strikes: Mapped[int] = mapped_column(server_default=text("0"))
    job_id: Mapped[int | None]
    duration: Mapped[float | None]
    hls: Mapped[str | None]
    dash: Mapped[str | None]
    thumbnails: Mapped[str | None]
    renditions: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    tracks: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    left_out: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ready_at: Mapped[datetime | None]
    tidied_at: Mapped[datetime | None]
    plan: Mapped[str | None]
    release_at: Mapped[datetime | None]
    fair_start: Mapped[float | None]
    worked: Mapped[float] = mapped_column(server_default=text("0"))


class Step(Base):
    """A piece of the work on an asset, which one worker does at a time.

    `holder` is the fence: who took it last may write, and nobody else takes it before `lease_until`. `number` says which chunk or
    sound it is; of `finish`, the attempt that planned it. It is about `seconds` of film, of which a `share` is done. `strikes`
    counts takers that were never heard of again. `result` says where in the object store what was made is.
    """

    __tablename__ = "steps"
    __lifetime__ = Forever("those of films in work, gone when the film is published, or a day after it failed")
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        CheckConstraint("state IN ('waiting', 'doing', 'done')", name="state"),
        CheckConstraint("(state = 'doing') = (holder IS NOT NULL)", name="holder"),
        UniqueConstraint("asset_id", "kind", "number"),
        Index("ix_steps_open", "asset_id", postgresql_where=text("state <> 'done'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("assets.id", ondelete="CASCADE"))
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(server_default=text("0"))
    seconds: Mapped[float] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    holder: Mapped[UUID | None]
    taken_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    takes: Mapped[int] = mapped_column(server_default=text("0"))
    strikes: Mapped[int] = mapped_column(server_default=text("0"))
    share: Mapped[float] = mapped_column(server_default=text("0"))
    result: Mapped[dict[str, Any] | None]
