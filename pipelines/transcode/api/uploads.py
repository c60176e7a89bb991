"""Resumable uploads by tus 1.0 and its extensions: creation, with data, expiration, checksum, termination, concatenation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from starlette.requests import ClientDisconnect

from libs.chassis.http.declared_problems import raises
from libs.chassis.problems import Invalid, MethodNotAllowed, Unsupported
from libs.chassis.security import auth
from libs.contracts.token import Principal
from pipelines.transcode.api import tus
from pipelines.transcode.repository.uploads import Upload
from pipelines.transcode.schemas import UPLOAD, UploadBody
from pipelines.transcode.service.masters import StorageAway, StorageFull
from pipelines.transcode.service.receiving import (
    BadChecksum,
    Checksum,
    ChecksumMismatch,
    UploadLocked,
    UploadOverrun,
)
from pipelines.transcode.service.uploads import (
    OffsetMismatch,
    PartialsMissing,
    QuotaExceeded,
    TooManyUploads,
    UploadEmpty,
    UploadFinished,
    UploadJoined,
    UploadMoving,
    UploadNotFound,
    UploadsBusy,
    UploadService,
    UploadTooLarge,
)

router = APIRouter(prefix=tus.UPLOADS, tags=["Staff: films"])
Editor = Annotated[Principal, auth.staff("content_manager")]
UploadId = Annotated[UUID, Path(description="One of my uploads.", examples=[UPLOAD])]
# What the body of tus's own type may meet.
RECEIVING = (
    tus.BadUploadHeader,
    tus.TusVersion,
    BadChecksum,
    ChecksumMismatch,
    OffsetMismatch,
    UploadOverrun,
    UploadLocked,
    UploadMoving,
    UploadsBusy,
    StorageAway,
    StorageFull,
)
APPENDING = raises(*RECEIVING, UploadNotFound, UploadJoined, Unsupported)
OVERRIDDEN = raises(*RECEIVING, UploadNotFound, UploadJoined, Unsupported, UploadFinished, MethodNotAllowed)


def _service(request: Request) -> UploadService:
    service: UploadService = request.app.state.uploads
    return service


@router.options("", status_code=204, dependencies=[auth.PUBLIC])
async def upload_options(request: Request) -> Response:
    """Ask what of tus is spoken here.

    In headers: version, extensions, the largest upload in bytes, checksums.
    """
    return Response(status_code=204, headers=tus.options(_service(request).limits.largest))


@router.post(
    "",
    status_code=201,
    response_model=UploadBody,
    responses=raises(
        *RECEIVING, UploadEmpty, UploadTooLarge, QuotaExceeded, TooManyUploads, PartialsMissing, UploadNotFound, Invalid
    ),
)
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
    """Begin an upload.

    `Upload-Metadata` names `playable_id` and `filename`. The answer's `Location` is where to send the bytes; a body of tus's type
    is the first of them. `Upload-Concat: partial` begins a part of a film; `final;` and the addresses of whole parts make the
    film of them. An upload that nothing comes for is given up at `Upload-Expires`.
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


@router.head("/{upload_id}", responses=raises(tus.TusVersion, UploadNotFound))
async def upload_offset(request: Request, upload_id: UploadId, who: Editor, version: tus.Resumable = None) -> Response:
    """Ask for the offset to go on from.

    In headers. 423 means: ask again in a few seconds, nothing is lost.
    """
    tus.require_version(version)
    return Response(headers=tus.description(await _service(request).get(who, upload_id)))


@router.patch("/{upload_id}", status_code=204, responses=APPENDING)
async def append_upload(
    request: Request,
    upload_id: UploadId,
    who: Editor,
    offset: tus.Offset = None,
    checksum: tus.Sum = None,
    version: tus.Resumable = None,
) -> Response:
    """Append bytes to an upload.

    The body, at `Upload-Offset`. An offset that was acknowledged survives a crash of the server; the last byte starts
    the encoding.
    """
    tus.require_version(version)
    if not _carries_bytes(request):
        raise Unsupported(f"The body must be {tus.OFFSET_TYPE}.")
    return Response(status_code=204, headers=tus.progress(await _append(request, who, upload_id, offset, checksum)))


@router.post("/{upload_id}", status_code=204, responses=OVERRIDDEN)
async def override_upload(
    request: Request,
    upload_id: UploadId,
    who: Editor,
    method: tus.Override = "",
    offset: tus.Offset = None,
    checksum: tus.Sum = None,
    version: tus.Resumable = None,
) -> Response:
    """Append, ask or delete, by POST.

    As `X-HTTP-Method-Override` says, for clients that can send only GET and POST.
    """
    match method.upper():
        case "PATCH":
            return await append_upload(request, upload_id, who, offset, checksum, version)
        case "HEAD":
            return await upload_offset(request, upload_id, who, version)
        case "DELETE":
            return await delete_upload(request, upload_id, who, version)
    raise MethodNotAllowed("Send X-HTTP-Method-Override: PATCH, HEAD or DELETE.")


@router.get("/{upload_id}", responses=raises(UploadNotFound))
async def get_upload(request: Request, upload_id: UploadId, who: Editor) -> UploadBody:
    """Read an upload."""
    return UploadBody.of(await _service(request).get(who, upload_id))


@router.delete(
    "/{upload_id}", status_code=204, responses=raises(tus.TusVersion, UploadNotFound, UploadFinished, UploadLocked)
)
async def delete_upload(request: Request, upload_id: UploadId, who: Editor, version: tus.Resumable = None) -> Response:
    """Give up an unfinished upload."""
    tus.require_version(version)
    await _service(request).delete(who, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": tus.VERSION})


def _carries_bytes(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip() == tus.OFFSET_TYPE


async def _append(
    request: Request, who: Principal, upload_id: UploadId, offset: str | None, checksum: str | None
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
