"""Owns uploading by tus 1.0: creation, resuming at the server's offset after any cut, and progress on the way."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import httpx

VERSION = {"Tus-Resumable": "1.0.0"}
PIECE = 4 * 1024 * 1024
_READ = 256 * 1024
_PATIENCE = 12


class UploadFailed(RuntimeError):
    """The server refused the upload, or could not be reached for too long. The message says which."""


Request = Callable[..., httpx.Response]


def metadata(values: dict[str, str]) -> str:
    """The `Upload-Metadata` header: keys in clear, values in base64."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


class TusUpload:
    """One file on its way. `request(method, url, …)` signs in and sends; the upload's own URL is kept by the caller,
    so that a later run can go on where this one stopped."""

    def __init__(self, request: Request, file: Path, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._request = request
        self._file = file
        self._pause = pause
        self.length = file.stat().st_size

    def create(self, endpoint: str, values: dict[str, str]) -> str:
        """Announces the file and returns the upload's URL."""
        headers = {**VERSION, "Upload-Length": str(self.length), "Upload-Metadata": metadata(values)}
        answer = self._request("POST", endpoint, headers=headers)
        if answer.status_code != 201:
            raise UploadFailed(sentence(answer))
        return answer.headers["Location"]

    def offset(self, url: str) -> int | None:
        """How many bytes the server has, or None where it does not know the upload (any more). A server that is away or
        busy for a moment is asked again."""
        for failures in range(_PATIENCE + 1):
            answer = self._request("HEAD", url, headers=VERSION)
            if not _passing(answer) or failures == _PATIENCE:
                break
            self._pause(_wait(failures, answer))
        if answer.status_code in (404, 410):
            return None
        if answer.status_code >= 400:
            raise UploadFailed(f"The server answered {answer.status_code} when asked how far the upload is.")
        if int(answer.headers.get("Upload-Length", self.length)) != self.length:
            return None
        return int(answer.headers["Upload-Offset"])

    def send(self, url: str, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Sends what is missing. After a cut it asks for the offset and goes on; it gives up after a dozen failures
        in a row without a byte acknowledged."""
        failures, offset = 0, self._known(url)
        with self._file.open("rb") as source:
            while offset < self.length:
                progress(offset, self.length)
                try:
                    answer = self._request(
                        "PATCH",
                        url,
                        headers={
                            **VERSION,
                            "Upload-Offset": str(offset),
                            "Content-Type": "application/offset+octet-stream",
                            "Content-Length": str(min(PIECE, self.length - offset)),
                        },
                        content=_pieces(source, offset, min(PIECE, self.length - offset)),
                        timeout=httpx.Timeout(60, connect=5),
                    )
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == 204:
                    offset, failures = int(answer.headers["Upload-Offset"]), 0
                    continue
                if answer is not None and answer.status_code not in (409, 460) and not _passing(answer):
                    raise UploadFailed(sentence(answer))
                failures += 1
                if failures > _PATIENCE:
                    raise UploadFailed("The upload was cut too often without getting any further. Try again later.")
                self._pause(_wait(failures, answer))
                before, offset = offset, self._known(url, offset)
                failures = 0 if offset > before else failures
        progress(self.length, self.length)

    def _known(self, url: str, otherwise: int = 0) -> int:
        try:
            found = self.offset(url)
        except httpx.TransportError:
            return otherwise
        if found is None:
            raise UploadFailed("The server no longer knows this upload. Start it again.")
        return found


def _passing(answer: httpx.Response) -> bool:
    return answer.status_code in (423, 429) or answer.status_code >= 500


def _wait(failures: int, answer: httpx.Response | None) -> float:
    """Seconds before the next try: longer each time, and no sooner than the server says."""
    said = answer.headers.get("Retry-After", "") if answer is not None else ""
    return max(min(8.0, 0.2 * 2.0**failures), min(60.0, float(said)) if said.isdigit() else 0.0)


def _pieces(source: BinaryIO, offset: int, length: int) -> Iterator[bytes]:
    source.seek(offset)
    while length > 0:
        data = source.read(min(_READ, length))
        if not data:
            return
        length -= len(data)
        yield data


def sentence(answer: httpx.Response) -> str:
    """What a problem document says, for people."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return str(body.get("detail") or body.get("title") or f"The server answered {answer.status_code}.")
