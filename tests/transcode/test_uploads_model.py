"""Any sequence of uploads, appends, joins and removals against a small model of what tus promises."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.transcode.settings import Settings
from tests.transcode.conftest import UPLOADS, Api, Inside, MakeApi, master

OFFSET_TYPE = "application/offset+octet-stream"


@dataclass
class Known:
    """An upload as the model knows it; `state` as tus sees it: open, done, joined, gone."""

    length: int
    partial: bool
    content: bytes = b""
    state: str = "open"
    parts: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return len(self.content) == self.length


class Model:
    """Does one thing after the other through the API, and says what each answer must be."""

    def __init__(self, api: Api, stranger: Api, data: st.DataObject) -> None:
        self.api = api
        self.stranger = stranger
        self.draw = data.draw
        self.known: dict[str, Known] = {}
        self.films = 0

    def some(self, *states: str) -> str | None:
        found = [where for where, upload in self.known.items() if not states or upload.state in states]
        return self.draw(st.sampled_from(found)) if found else None

    async def begin(self) -> None:
        length, partial = self.draw(st.integers(0, 40)), self.draw(st.booleans())
        more = {"Upload-Concat": "partial"} if partial else {}
        film = f"playable_id {base64.b64encode(str(uuid4()).encode()).decode()}"
        headers = {**self.api.headers, "Upload-Length": str(length), "Upload-Metadata": film, **more}
        answer = await self.api.client.post(UPLOADS, headers=headers)
        if length == 0 and not partial:
            assert (answer.status_code, answer.json()["code"]) == (422, "upload_empty")
            return
        assert answer.status_code == 201, answer.text
        self.known[answer.headers["Location"]] = Known(length, partial)

    async def append(self) -> None:
        if (where := self.some("open", "done", "joined")) is None:
            return
        upload = self.known[where]
        body = self.draw(st.binary(max_size=30))
        offset = len(upload.content) + self.draw(st.sampled_from([0, 0, 0, -1, 1, 7]))
        sums = self.draw(st.sampled_from([None, "right", "wrong"]))
        answer = await self.send(where, max(0, offset), body, sums)
        if upload.parts:
            assert (answer.status_code, answer.json()["code"]) == (403, "upload_joined")
        elif max(0, offset) != len(upload.content):
            assert (answer.status_code, answer.json()["code"]) == (409, "offset_mismatch")
            assert answer.json()["offset"] == len(upload.content)
        elif len(upload.content) + len(body) > upload.length:
            assert (answer.status_code, answer.json()["code"]) == (413, "upload_overrun")
        elif sums == "wrong" and upload.state == "open":
            assert (answer.status_code, answer.json()["code"]) == (460, "upload_checksum_mismatch")
        else:
            assert answer.status_code == 204, answer.text
            upload.content += body
            if upload.whole and not upload.partial and upload.state == "open":
                upload.state = "done"
                self.films += 1

    async def send(self, where: str, offset: int, body: bytes, sums: str | None) -> httpx.Response:
        headers = {**self.api.headers, "Upload-Offset": str(offset), "Content-Type": OFFSET_TYPE}
        if sums is not None:
            digest = hashlib.sha256(body if sums == "right" else body + b"x").digest()
            headers["Upload-Checksum"] = f"sha256 {base64.b64encode(digest).decode()}"
        return await self.api.client.patch(where, content=body, headers=headers)

    async def join(self) -> None:
        choices = [where for where, upload in self.known.items() if upload.state != "gone" and not upload.parts]
        if not choices:
            return
        ready = [where for where in choices if self.known[where].partial and self.known[where].whole]
        parts = self.draw(st.lists(st.sampled_from(ready or choices), min_size=1, max_size=3, unique=True))
        film = f"playable_id {base64.b64encode(str(uuid4()).encode()).decode()}"
        headers = {**self.api.headers, "Upload-Concat": f"final;{' '.join(parts)}", "Upload-Metadata": film}
        answer = await self.api.client.post(UPLOADS, headers=headers)
        found = [self.known[where] for where in parts]
        before = next((w for w, upload in self.known.items() if upload.parts == parts), None)
        if before is not None:
            assert (answer.status_code, answer.headers["Location"]) == (201, before), "the same request, the same film"
        elif not all(upload.partial and upload.whole and upload.state == "open" for upload in found):
            assert (answer.status_code, answer.json()["code"]) == (409, "upload_parts_missing")
        elif not any(upload.length for upload in found):
            assert (answer.status_code, answer.json()["code"]) == (422, "upload_empty")
        else:
            assert answer.status_code == 201, answer.text
            content = b"".join(upload.content for upload in found)
            self.known[answer.headers["Location"]] = Known(len(content), False, content, "done", parts)
            for upload in found:
                upload.state = "joined"
            self.films += 1

    async def remove(self) -> None:
        if (where := self.some()) is None:
            return
        upload = self.known[where]
        answer = await self.api.client.delete(where, headers=self.api.headers)
        if upload.state == "open":
            assert answer.status_code == 204, answer.text
            upload.state, upload.content = "gone", b""
        else:
            wanted = (404, "upload_not_found") if upload.state == "gone" else (409, "upload_finished")
            assert (answer.status_code, answer.json()["code"]) == wanted

    async def agree(self, settings: Settings) -> None:
        for where, upload in self.known.items():
            head = await self.api.client.head(where, headers=self.api.headers)
            if upload.state == "gone":
                assert head.status_code == 404
                continue
            told = (head.headers["Upload-Offset"], head.headers["Upload-Length"], "Upload-Expires" in head.headers)
            assert told == (str(len(upload.content)), str(upload.length), upload.state == "open")
            if upload.state != "joined":
                assert await master(settings, where) == upload.content
            asset = (await self.api.get(where))["asset_id"]
            assert (asset is not None) == (upload.state == "done")
            strange = await self.stranger.client.head(where, headers=self.stranger.headers)
            assert strange.status_code == 404


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_any_sequence_leaves_what_tus_promises(
    make_api: MakeApi, settings: Settings, inside: Inside, data: st.DataObject
) -> None:
    model = Model(make_api(), make_api(), data)
    steps = {"begin": model.begin, "append": model.append, "join": model.join, "remove": model.remove}
    before = await inside.connection.fetchval("SELECT count(*) FROM assets")
    await model.begin()
    for name in data.draw(
        st.lists(st.sampled_from(["begin", "append", "append", "append", "join", "remove"]), max_size=18)
    ):
        await steps[name]()
    await model.agree(settings)
    await inside.cleanup.sweep()
    await model.agree(settings)
    assert await inside.connection.fetchval("SELECT count(*) FROM assets") - before == model.films
