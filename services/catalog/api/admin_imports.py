"""What staff do with files of titles: import them, undo that, and have the catalogue as such a file."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit, TablePage
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api.admin_titles import PageNumber
from services.catalog.models import Import, ImportFault
from services.catalog.schemas.fields import Status
from services.catalog.schemas.imports import (
    IMPORT,
    FaultItem,
    FileFormat,
    ImportDetails,
    NewImport,
    StartImport,
    UndoImport,
    UndoProblem,
)
from services.catalog.service.exports import Exports
from services.catalog.service.imports import (
    ImportEdited,
    Importing,
    ImportNotFound,
    ImportRunning,
    ImportUndone,
    NotYoursToPublish,
    PartsMissing,
    PartTooLarge,
)

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _importing(request: Request) -> Importing:
    return request.app.state.importing  # type: ignore[no-any-return]


def _exports(request: Request) -> Exports:
    return request.app.state.exports  # type: ignore[no-any-return]


Use = Annotated[Importing, Depends(_importing)]
ImportId = Annotated[UUID, Path(description="An import.", examples=[IMPORT])]
PartNumber = Annotated[int, Path(ge=1, le=64, description="Which part of the file; the first is 1.", examples=[1])]
_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _fault(item: ImportFault) -> FaultItem:
    return FaultItem(line=item.line, column=item.column_name, message=item.message)


def _details(item: Import, faults: list[ImportFault] | None = None) -> ImportDetails:
    found = ImportDetails.model_validate(item, from_attributes=True)
    settled = item.status in ("checked", "done", "undoing", "undone")
    found.unchanged = item.rows - item.titles - item.changed - item.skipped if settled else 0
    return found.model_copy(update={"first_faults": [_fault(fault) for fault in faults or ()]})


@router.post("/imports", status_code=201, responses=raises(NotYoursToPublish))
async def create_import(who: Editor, use: Use, body: NewImport, response: Response) -> ImportDetails:
    """Announce a file of titles, with its mapping.

    Its bytes are then put in parts of up to 8 MiB, and started. A file that gzip made may be sent as it is.
    """
    made = await use.create(body, who)
    response.headers["Location"] = f"/api/v1/admin/imports/{made.id}"
    return _details(made)


@router.get("/imports")
async def list_imports(who: Editor, use: Use, page: PageNumber = 1, limit: Limit = 50) -> TablePage[ImportDetails]:
    """List imports, the newest first."""
    rows, total = await use.table(limit=limit, page=page)
    items = [_details(row) for row in rows]
    return TablePage[ImportDetails](items=items, total=total, page=page, pages=max(1, -(-total // limit)))


@router.get("/imports/{import_id}", responses=raises(ImportNotFound))
async def get_import(who: Editor, use: Use, import_id: ImportId) -> ImportDetails:
    """Read how far an import is, and what is wrong with its file."""
    return _details(*await use.read(import_id))


@router.get("/imports/{import_id}/faults", responses=raises(ImportNotFound))
async def list_import_faults(
    who: Editor, use: Use, import_id: ImportId, page: PageNumber = 1, limit: Limit = 50
) -> TablePage[FaultItem]:
    """List everything that is wrong with a file, by line and column."""
    found, faults = await use.faults(import_id, limit=limit, page=page)
    pages = max(1, -(-found.faults // limit))
    return TablePage[FaultItem](items=[_fault(item) for item in faults], total=found.faults, page=page, pages=pages)


@router.put(
    "/imports/{import_id}/parts/{number}",
    status_code=204,
    openapi_extra=_BYTES,
    responses=raises(ImportNotFound, ImportRunning, PartTooLarge),
)
async def put_import_part(request: Request, who: Editor, use: Use, import_id: ImportId, number: PartNumber) -> None:
    """Send a part of a file.

    The body is its bytes, up to 8 MiB; the parts one after the other are the file. The same number again replaces a part.
    """
    await use.put_part(import_id, number, request.stream())


@router.post(
    "/imports/{import_id}/start",
    status_code=202,
    responses=raises(ImportNotFound, ImportRunning, PartsMissing),
)
async def start_import(who: Editor, use: Use, import_id: ImportId, body: StartImport) -> ImportDetails:
    """Check a file, and import it unless that is a dry run.

    All of it or nothing: where a row is at fault nothing is imported, and every fault is listed, up to 10,000.
    """
    return _details(await use.start(import_id, body.parts, dry_run=body.dry_run))


@router.post(
    "/imports/{import_id}/undo",
    status_code=202,
    responses=raises(ImportNotFound, ImportRunning, ImportEdited, ImportUndone, bodies={409: UndoProblem}),
)
async def undo_import(who: Editor, use: Use, import_id: ImportId, body: UndoImport) -> ImportDetails:
    """Remove everything an import has made.

    Refused while titles of it have been edited since, unless `force`; what was undone already says when and by whom.
    """
    return _details(await use.undo(import_id, who, force=body.force))


@router.get(
    "/exports/titles",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The file, as it is read."}
    },
)
async def export_titles(
    who: Editor,
    use: Annotated[Exports, Depends(_exports)],
    format: Annotated[FileFormat, Query(description="CSV, or JSON Lines.")] = "csv",
    status: Annotated[Status | None, Query(description="Only titles in this status.")] = None,
) -> StreamingResponse:
    """Have the titles as a file.

    CSV is imported again with `demo/mappings/bijou.json`, JSON Lines with `demo/mappings/bijou-lines.json`.
    """
    kind = "text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson"
    headers = {"Content-Disposition": f'attachment; filename="titles.{format}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(use.titles(format, status), media_type=kind, headers=headers)
