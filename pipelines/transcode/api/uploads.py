"""Resumable uploads by tus 1.0 and its extensions: creation, with data, expiration, checksum, termination, concatenation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from libs.chassis import auth
from libs.chassis.problems import MethodNotAllowed, Unsupported
from libs.chassis.tokens import Principal
from pipelines.transcode.api import tus
from pipelines.transcode.receiving import Checksum
from pipelines.transcode.repository.uploads import Upload
from pipelines.transcode.schemas import UploadBody
from pipelines.transcode.uploads import UploadService

router = APIRouter(prefix=tus.UPLOADS, tags=["transcode"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _service(request: Request) -> UploadService:
    service: UploadService = request.app.state.uploads
    return service


@router.options("", status_code=204, dependencies=[auth.PUBLIC])
async def upload_options(request: Request) -> Response:
    """Say what of tus is spoken here."""
    return Response(status_code=204, headers=tus.options(_service(request).limits.largest))


@router.post("", status_code=201, response_model=UploadBody)
async def create_upload(
    request: Request,
    response: Response,
    who: Editor,
    length: tus.Length = None,
    deferred: tus.Deferred = None,
    metadata: tus.Metadata = "",
    concat: tus.Concat = None,
    checksum: tus.Sum = None,
    version: tus.Resumable = None,
) -> UploadBody:
    """Begin an upload; `Upload-Metadata` names `playable_id` and `filename`. A body of tus's type is its first bytes.

    `Upload-Concat: partial` begins a part of a film; `final;` and the addresses of whole parts makes the film of them.
    """
    tus.require_version(version)
    if deferred is not None:
        raise tus.BadUploadHeader("The length must be known from the start: send Upload-Length.")
    partial, parts = tus.read_concat(concat)
    film = tus.read_film(metadata, partial=partial)
    if parts is not None and concat is not None:
        if length is not None:
            raise tus.BadUploadHeader(
                "A film that is joined from parts is as long as they are: leave Upload-Length out."
            )
        upload = await _service(request).join(who, film, concat, parts)
    else:
        upload = await _service(request).create(who, film, tus.number(length, "Upload-Length"), partial=partial)
        if _carries_bytes(request):
            upload = await _append(request, who, upload.id, "0", checksum)
    response.headers.update(tus.progress(upload))
    response.headers["Location"] = f"{router.prefix}/{upload.id}"
    return UploadBody.of(upload)


@router.head("/{upload_id}")
async def upload_offset(request: Request, upload_id: UUID, who: Editor, version: tus.Resumable = None) -> Response:
    """Return the offset to go on from, in headers."""
    tus.require_version(version)
    return Response(headers=tus.description(await _service(request).get(who, upload_id)))


@router.patch("/{upload_id}", status_code=204)
async def append_upload(
    request: Request,
    upload_id: UUID,
    who: Editor,
    offset: tus.Offset = None,
    checksum: tus.Sum = None,
    version: tus.Resumable = None,
) -> Response:
    """Append the body at `Upload-Offset`. An acknowledged offset survives a crash of the server."""
    tus.require_version(version)
    if not _carries_bytes(request):
        raise Unsupported(f"The body must be {tus.OFFSET_TYPE}.")
    return Response(status_code=204, headers=tus.progress(await _append(request, who, upload_id, offset, checksum)))


@router.post("/{upload_id}", status_code=204)
async def override_upload(
    request: Request,
    upload_id: UUID,
    who: Editor,
    method: tus.Override = "",
    offset: tus.Offset = None,
    checksum: tus.Sum = None,
    version: tus.Resumable = None,
) -> Response:
    """Do as `X-HTTP-Method-Override` says (PATCH, HEAD or DELETE), for clients that can send only GET and POST."""
    match method.upper():
        case "PATCH":
            return await append_upload(request, upload_id, who, offset, checksum, version)
        case "HEAD":
            return await upload_offset(request, upload_id, who, version)
        case "DELETE":
            return await delete_upload(request, upload_id, who, version)
    raise MethodNotAllowed("Send X-HTTP-Method-Override: PATCH, HEAD or DELETE.")


@router.get("/{upload_id}")
async def get_upload(request: Request, upload_id: UUID, who: Editor) -> UploadBody:
    """Return an upload as JSON."""
    return UploadBody.of(await _service(request).get(who, upload_id))


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(request: Request, upload_id: UUID, who: Editor, version: tus.Resumable = None) -> Response:
    """Give up an unfinished upload."""
    tus.require_version(version)
    await _service(request).delete(who, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": tus.VERSION})


def _carries_bytes(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip() == tus.OFFSET_TYPE


async def _append(
    request: Request, who: Principal, upload_id: UUID, offset: str | None, checksum: str | None
) -> Upload:
    announced = request.headers.get("content-length")
    return await _service(request).append(
        who,
        upload_id,
        tus.number(offset, "Upload-Offset"),
        tus.number(announced, "Content-Length") if announced is not None else None,
        _pieces(request),
        Checksum(checksum) if checksum is not None else None,
    )


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; a sender who goes away ends it like one who has finished."""
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect:
        return
