"""Resumable uploads by the tus 1.0 protocol (https://tus.io/protocols/resumable-upload): core, creation, termination."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from starlette.requests import ClientDisconnect

from libs.chassis import auth, text
from libs.chassis.problems import BadRequest, Invalid, PreconditionFailed, Unsupported
from libs.chassis.tokens import Principal
from pipelines.transcode.repository.uploads import Upload
from pipelines.transcode.schemas import UploadBody
from pipelines.transcode.uploads import UploadService

router = APIRouter(prefix="/api/v1/admin/uploads", tags=["transcode"])
Editor = Annotated[Principal, auth.staff("content_manager")]
VERSION = "1.0.0"
OFFSET_TYPE = "application/offset+octet-stream"
FILENAME = text.line(255)


class TusVersion(PreconditionFailed):
    """Uploads speak version 1.0.0 of the tus protocol. Update the uploading program."""

    code = "tus_version_unsupported"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Tus-Version": VERSION}


class BadUploadHeader(BadRequest):
    """A header of the upload is missing or not well formed. See the tus 1.0 protocol."""

    code = "bad_upload_header"


Digits = Annotated[str, text.token(64, shortest=0)]
Resumable = Annotated[Digits | None, Header(alias="Tus-Resumable")]


def _speaks(version: str | None) -> None:
    if version is not None and version != VERSION:
        raise TusVersion


def _headers(upload: Upload) -> dict[str, str]:
    return {"Tus-Resumable": VERSION, "Upload-Offset": str(upload.received), "Cache-Control": "no-store"}


def _number(value: str | None, name: str) -> int:
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadUploadHeader(f"{name} must be a whole number of bytes.")
    return int(value)


def read_metadata(header: str) -> dict[str, str]:
    """Read `key base64,key base64`; a key without a value is an empty string."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if not key:
            continue
        try:
            found[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise BadUploadHeader("Upload-Metadata holds a value that is not base64 of UTF-8 text.") from None
    return found


def _service(request: Request) -> UploadService:
    service: UploadService = request.app.state.uploads
    return service


@router.options("", status_code=204, dependencies=[auth.PUBLIC])
async def upload_options(request: Request) -> Response:
    """Say what of tus is spoken here."""
    return Response(
        status_code=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,termination",
            "Tus-Max-Size": str(_service(request).largest),
        },
    )


@router.post("", status_code=201, response_model=UploadBody)
async def create_upload(
    request: Request,
    response: Response,
    who: Editor,
    length: Annotated[Digits | None, Header(alias="Upload-Length")] = None,
    metadata: Annotated[str, text.token(4096, shortest=0), Header(alias="Upload-Metadata")] = "",
    version: Resumable = None,
) -> UploadBody:
    """Begin an upload; `Upload-Metadata` names `playable_id` and `filename`."""
    _speaks(version)
    size = _number(length, "Upload-Length")
    found = read_metadata(metadata)
    try:
        playable_id = UUID(found.get("playable_id", ""))
    except ValueError:
        raise Invalid("Upload-Metadata must name the playable_id this film is for.") from None
    name = FILENAME.cleaned(found.get("filename", "")) or "unnamed"
    upload = await _service(request).create(who, playable_id, name, size, label_rungs=found.get("label_rungs") == "1")
    response.headers.update(_headers(upload))
    response.headers["Location"] = f"{router.prefix}/{upload.id}"
    return UploadBody.of(upload)


@router.head("/{upload_id}")
async def upload_offset(request: Request, upload_id: UUID, who: Editor, version: Resumable = None) -> Response:
    """Return the offset to go on from, in headers."""
    _speaks(version)
    upload = await _service(request).get(who, upload_id)
    return Response(headers={**_headers(upload), "Upload-Length": str(upload.length)})


@router.patch("/{upload_id}", status_code=204)
async def append_upload(
    request: Request,
    upload_id: UUID,
    who: Editor,
    offset: Annotated[Digits | None, Header(alias="Upload-Offset")] = None,
    version: Resumable = None,
) -> Response:
    """Append the body at `Upload-Offset`. An acknowledged offset survives a crash of the server."""
    _speaks(version)
    if request.headers.get("content-type", "").partition(";")[0].strip() != OFFSET_TYPE:
        raise Unsupported(f"The body must be {OFFSET_TYPE}.")
    announced = request.headers.get("content-length")
    upload = await _service(request).append(
        who,
        upload_id,
        _number(offset, "Upload-Offset"),
        _number(announced, "Content-Length") if announced is not None else None,
        _pieces(request),
    )
    return Response(status_code=204, headers=_headers(upload))


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes; a sender who goes away ends it like one who has finished."""
    try:
        async for piece in request.stream():
            if piece:
                yield piece
    except ClientDisconnect:
        return


@router.get("/{upload_id}")
async def get_upload(request: Request, upload_id: UUID, who: Editor) -> UploadBody:
    """Return an upload as JSON."""
    return UploadBody.of(await _service(request).get(who, upload_id))


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(request: Request, upload_id: UUID, who: Editor, version: Resumable = None) -> Response:
    """Give up an unfinished upload."""
    _speaks(version)
    await _service(request).delete(who, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})
