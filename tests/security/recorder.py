"""A server that reads strictly (h11) and remembers what it was asked: what the platform's services would have seen."""

import asyncio
from dataclasses import dataclass, field

import h11


@dataclass(frozen=True)
class Seen:
    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass
class Recorder:
    """`seen` are whole requests by target, `cut` targets whose body never ended, `garbage` what was no HTTP."""

    seen: dict[bytes, list[Seen]] = field(default_factory=dict)
    cut: list[bytes] = field(default_factory=list)
    garbage: list[str] = field(default_factory=list)

    def __call__(self) -> "Conversation":
        return Conversation(self)


class Conversation(asyncio.Protocol):
    """One connection; every request is answered with its own method, target and body."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        try:
            while self._step():
                pass
        except h11.RemoteProtocolError as error:
            self._recorder.garbage.append(f"{error}: {data[:200]!r}")
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._request is not None:
            self._recorder.cut.append(self._request.target)

    def _step(self) -> bool:
        event = self._http.next_event()
        if isinstance(event, h11.Request):
            self._request, self._body = event, b""
        elif isinstance(event, h11.Data):
            self._body += event.data
        elif isinstance(event, h11.EndOfMessage):
            self._answer()
        return event is not h11.NEED_DATA and not isinstance(event, h11.ConnectionClosed)

    def _answer(self) -> None:
        request, self._request = self._request, None
        assert request is not None
        found = Seen(request.method, request.target, tuple(request.headers), self._body)
        self._recorder.seen.setdefault(request.target, []).append(found)
        content = b"" if request.method == b"HEAD" else b"%b %b %b" % (request.method, request.target, self._body)
        headers = [(b"content-length", b"%d" % len(content)), (b"x-asked", request.target)]
        for event in (h11.Response(status_code=200, headers=headers), h11.Data(content), h11.EndOfMessage()):
            self._transport.write(self._http.send(event) or b"")
        if self._http.our_state is h11.MUST_CLOSE:
            self._transport.close()
        else:
            self._http.start_next_cycle()
