"""Imports, as staff ask for them and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis import text
from libs.chassis.http.bodies import Body
from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.examples import example
from services.catalog.importing.mapping import ImportMapping
from services.catalog.schemas.fields import ActorName

IMPORT = "01993a50-7d2e-7b31-8c4f-5a6e9d1b3c80"
ImportStatus = Literal[
    "waiting", "queued", "checking", "importing", "checked", "refused", "done", "undoing", "undone", "failed"
]
FileFormat = Literal["csv", "jsonl"]


class NewImport(Body):
    """A file to import, by a mapping; its bytes follow in parts."""

    model_config = ConfigDict(extra="forbid") | example(file_name="titles.csv")

    file_name: Annotated[str, text.name(200)]
    mapping: ImportMapping


class StartImport(Body):
    """How many `parts` the file has; with `dry_run` it is only checked."""

    model_config = ConfigDict(extra="forbid") | example(parts=1, dry_run=True)

    parts: int = Field(ge=1, le=64)
    dry_run: bool = False


class UndoImport(Body):
    """Without `force` an import is not undone when its titles have been edited since."""

    model_config = ConfigDict(extra="forbid") | example(force=False)

    force: bool = False


class UndoProblem(ProblemDetails):
    """`import_undone` says by whom and when it was undone; the moment is null while it is being undone."""

    undone_by: UUID | None = None
    undone_by_name: ActorName = None
    undone_at: datetime | None = None


class FaultItem(BaseModel):
    """What is wrong with a row: the `line` it starts on, counted from 1, and the column where there is one."""

    model_config = example(
        line=2, column="director", message="“104” is no name but a number: have the columns shifted?"
    )

    line: int
    column: str | None
    message: str


class ImportDetails(BaseModel):
    """A file and what became of it: `rows` read so far, `faults` found, `titles` made, `skipped` or `changed` as they were here.

    `checked`: a dry run found nothing wrong; `titles`, `changed` and `to_review` say what an import would do.
    `refused`: rows are at fault, and nothing was imported. `parts` are those received.
    What an import did stays as it was once it is `undone`.
    """

    model_config = example(
        id=IMPORT,
        file_name="titles.csv",
        status="refused",
        dry_run=True,
        parts=1,
        rows=8807,
        faults=1,
        titles=0,
        skipped=0,
        changed=0,
        to_review=0,
        detail="",
        first_faults=[
            {"line": 3, "column": "director", "message": "“104” is no name but a number: have the columns shifted?"}
        ],
        created_at="2026-11-27T09:00:00Z",
        changed_at="2026-11-27T09:00:09Z",
    )

    id: UUID
    file_name: str
    status: ImportStatus
    dry_run: bool
    parts: int
    rows: int
    faults: int
    titles: int
    skipped: int
    changed: int
    to_review: Annotated[
        int, Field(description="Of the changed titles those that had been approved, and have to be again.")
    ] = 0
    unchanged: Annotated[
        int, Field(description="Rows whose titles say all of it already. Until it is checked or done, 0.")
    ] = 0
    detail: str = Field(description="Why it failed, where it did.")
    first_faults: list[FaultItem] = Field(default=[], description="Up to 20; the others by `/faults`.")
    created_at: datetime
    changed_at: datetime
    undone_by: Annotated[UUID | None, Field(description="The account that asked for undoing it.")] = None
    undone_at: datetime | None = None
    undo_forced: Annotated[bool, Field(description="Undone also where titles had been edited since.")] = False
