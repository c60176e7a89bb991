from uuid import UUID

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()


class Note(Base):
    """What was learnt of a title; a higher version replaces a lower one."""

    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    text: Mapped[str]
    applied: Mapped[int]
