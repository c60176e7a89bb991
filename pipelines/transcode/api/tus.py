"""What the headers of tus 1.0 (https://tus.io/protocols/resumable-upload) say, read and written."""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import format_datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Header

from libs.chassis import text
from libs.chassis.problems import BadRequest, Invalid, PreconditionFailed
from pipelines.transcode.repository.uploads import Upload, release_at
from pipelines.transcode.service.receiving import ALGORITHMS
from pipelines.transcode.service.uploads import PARTIAL, Film

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination,concatenation"
OFFSET_TYPE = "application/offset+octet-stream"
UPLOADS = "/api/v1/admin/uploads"
FILENAME = text.line(255)
MOST_PARTIALS = 128
_UPLOAD = re.compile(f"{UPLOADS}/([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})")


class TusVersion(PreconditionFailed):
    """Uploads speak version 1.0.0 of the tus protocol. Update the uploading program."""

    code = "tus_version_unsupported"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Tus-Version": VERSION}


class BadUploadHeader(BadRequest):
    """A header of the upload is missing or not well formed. See the tus 1.0 protocol."""

    code = "bad_upload_header"


Digits = Annotated[str, text.token(64, shortest=0)]


def _header(name: str, description: str, example: str) -> Any:
    return Header(alias=name, description=description, examples=[example])


Resumable = Annotated[Digits | None, _header("Tus-Resumable", "The version of tus that is spoken.", VERSION)]
Length = Annotated[Digits | None, _header("Upload-Length", "The file's length in bytes.", "48318382080")]
Deferred = Annotated[Digits | None, _header("Upload-Defer-Length", "Refused: the length must be known.", "1")]
Metadata = Annotated[
    str,
    text.token(4096, shortest=0),
    _header(
        "Upload-Metadata",
        "Pairs of a name and a value in base64: `filename`, `playable_id` for what the film is and, where it has one, its"
        " `release_at`. A film that is due within a day is encoded before all others.",
        "filename bmludGgtZmxhc2gubW92,playable_id MDE5OTNhMDItNzFiNS03YTBiLThkNGMtOWUxZjNhNWI3YzJl",
    ),
]
Concat = Annotated[
    Annotated[str, text.token(16_384, shortest=0)] | None,
    _header("Upload-Concat", "`partial`, or `final;` and the addresses of the parts in order.", PARTIAL),
]
Offset = Annotated[Digits | None, _header("Upload-Offset", "Where this body begins, in bytes.", "1073741824")]
Sum = Annotated[
    Annotated[str, text.token(128, shortest=0)] | None,
    _header(
        "Upload-Checksum",
        "`sha1` or `sha256`, a space, the body's digest in base64.",
        "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
    ),
]
Override = Annotated[Digits, _header("X-HTTP-Method-Override", "PATCH, HEAD or DELETE.", "PATCH")]


def require_version(version: str | None) -> None:
    """Raise TusVersion for a client that speaks another one; none at all is taken for ours."""
    if version is not None and version != VERSION:
        raise TusVersion


def options(largest: int) -> dict[str, str]:
    """Return the headers that say what is spoken here."""
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(largest),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }


def progress(upload: Upload) -> dict[str, str]:
    """Return the headers of every answer about an upload: where it stands, and when an unfinished one is given up."""
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(upload.received), "Cache-Control": "no-store"}
    if upload.state == "receiving":
        headers["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
    return headers


def description(upload: Upload) -> dict[str, str]:
    """Return the headers of HEAD: also what the sender said when the upload began."""
    headers = {**progress(upload), "Upload-Length": str(upload.length)}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    if upload.concat:
        headers["Upload-Concat"] = upload.concat
    return headers


def number(value: str | None, name: str) -> int:
    """Read a whole number of bytes."""
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


def read_film(header: str, *, partial: bool) -> Film:
    """Read what the file is and which playable it is for; a part of a film need not say."""
    found = read_metadata(header)
    playable_id = None
    try:
        playable_id = UUID(found.get("playable_id", ""))
    except ValueError:
        if not partial:
            raise Invalid("Upload-Metadata must name the playable_id this film is for.") from None
    try:
        release_at(header)
    except ValueError:
        raise Invalid("release_at of Upload-Metadata must be a moment such as 2026-12-24T20:00:00Z.") from None
    name = FILENAME.cleaned(found.get("filename", "")) or "unnamed"
    return Film(playable_id, name, found.get("label_rungs") == "1", header)


def read_concat(value: str | None) -> tuple[bool, list[UUID] | None]:
    """Read Upload-Concat: whether this is a part of a film, and the parts it is joined from where it is a final one."""
    if value is None:
        return False, None
    if value == PARTIAL:
        return True, None
    kind, _, places = value.partition(";")
    parts = [_UPLOAD.fullmatch(urlsplit(place).path) for place in places.split()]
    if kind != "final" or not parts or None in parts:
        raise BadUploadHeader("Upload-Concat must be `partial`, or `final;` and the addresses of the parts in order.")
    if len(parts) > MOST_PARTIALS:
        raise BadUploadHeader(f"A film is joined from {MOST_PARTIALS} parts at most.")
    return False, [UUID(part[1]) for part in parts if part]
