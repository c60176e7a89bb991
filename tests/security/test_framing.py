"""No request has two readings: whatever comes in, services see exactly what was meant or nothing."""

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from libs.chassis import ids
from libs.chassis.security import tokens
from libs.contracts.token import Principal
from tests.security import framings, stack
from tests.security.framings import METHODS, Framed
from tests.security.stack import Stack, Wire

# Bodies are held at the first, and pass as they come at the second.
PATHS = (b"/api/v1/me/list/%d", b"/api/v1/admin/uploads/%d")
NUMBERS = count(1)


class Asker:
    """Sends requests through both doors, over connections that are kept as long as their other end keeps them."""

    def __init__(self, running: Stack, token: str) -> None:
        self.recorder = running.recorder
        self.doors = running.doors
        self.authorization = b"Authorization: Bearer %b\r\n" % token.encode()
        self._wires: dict[str, Wire] = {}

    def good(self, door: str, method: bytes, path: bytes, headers: bytes = b"") -> bytes:
        return b"%b %b HTTP/1.1\r\nHost: bijou\r\n%b%b" % (method, path, self.authorization, headers)

    def wire(self, door: str) -> Wire:
        if door not in self._wires:
            self._wires[door] = Wire(self.doors[door])
        return self._wires[door]

    def drop(self, door: str) -> None:
        self._wires.pop(door).close()

    def check(self, door: str, method: bytes, path: bytes, framed: Framed, noise: bytes = b"") -> None:
        """Sends one request and holds what a service saw, and who got which answer, against what was meant."""
        number = next(NUMBERS)
        target = path % number
        wire = self.wire(door)
        wire.send(self.good(door, method, target, noise + framed.headers) + b"\r\n", *framed.pieces)
        if framed.cut:
            wire.end()
            rest = wire.rest()
            assert b" 200 " not in rest.partition(b"\r\n")[0]
        else:
            status, asked, body = wire.answer(method)
            if status == 200:
                assert framed.body is not None, "it has no meaning and was answered"
                assert asked.encode() == target
                if method != b"HEAD":
                    assert body == b"%b %b %b" % (method, target, framed.body)
            else:
                assert framed.body is None or framed.loose, f"{status} {body!r}"
                assert status in (400, 411, 413, 501), f"{status} {body!r}"
        if framed.cut or status != 200 or b"close" in noise:
            if framed.cut or status != 200:
                wire.rest()  # whoever refused it must not read on
            self.drop(door)
        self._saw(door, method, target, framed)
        self._nothing_else()

    def others(self, door: str) -> None:
        """Somebody else's request through a connection of their own gets its own answer."""
        target = PATHS[0] % next(NUMBERS)
        other = f"{door}, somebody else"
        self.doors[other] = self.doors[door]
        wire = self.wire(other)
        wire.send(self.good(door, b"GET", target) + b"\r\n")
        assert wire.answer(b"GET") == (200, target.decode(), b"GET %b " % target)
        self.recorder.seen.pop(target)

    def _saw(self, door: str, method: bytes, target: bytes, framed: Framed) -> None:
        seen = self.recorder.seen.pop(target, [])
        if framed.body is None:
            assert seen == [], "a service saw what means nothing"
            return
        assert len(seen) == 1 or (framed.loose and not seen)
        for request in seen:
            assert (request.method, request.body) == (method, framed.body)
            names = [name for name, _ in request.headers]
            assert names.count(b"x-bijou-gateway") == names.count(b"x-real-ip") == names.count(b"authorization") == 1
            # The test is where the gateway expects its edge, and may say who calls; through the edge nobody may.
            assert door == "gateway" or dict(request.headers)[b"x-real-ip"] == b"127.0.0.1"
            assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1

    def _nothing_else(self) -> None:
        assert self.recorder.seen == {}, "a service saw a request that nobody made"
        assert self.recorder.garbage == [], "a service saw what is no request"


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory, jwks_cache: str, signer: tokens.Signer) -> Iterator[Asker]:
    who = Principal(account_id=ids.new_id(), session_id=ids.new_id(), roles=frozenset({"content_manager"}))
    with stack.running(tmp_path_factory.mktemp("framing"), jwks_cache) as running:
        yield Asker(running, signer.issue(who, ttl=3600))


def smuggled(number: int = 0) -> bytes:
    """A body that is a request of its own."""
    target = b"/api/v1/me/list/smuggled-%d" % number
    return b"GET %b HTTP/1.1\r\nHost: x\r\nX-Real-IP: 6.6.6.6\r\n\r\n" % target


BODIES = (b"", b"a", smuggled(), smuggled() + b"0\r\n\r\n" + smuggled(1), b"0\r\n\r\n", b"\r\n" * 20, bytes(70_000))


@pytest.mark.parametrize("door", ["edge", "gateway"])
@pytest.mark.parametrize("path", PATHS, ids=["held", "streamed"])
@pytest.mark.parametrize("method", METHODS, ids=bytes.decode)
def test_every_framing_with_every_method(asker: Asker, door: str, path: bytes, method: bytes) -> None:
    for body in BODIES:
        for framed in framings.right(body, len(body) // 2).values():
            asker.check(door, method, path, framed)
        asker.others(door)
    for body in (b"a", smuggled()):
        for framed in framings.wrong(body).values():
            asker.check(door, method, path, framed)
            asker.others(door)


@pytest.mark.parametrize("door", ["edge", "gateway"])
def test_requests_sent_at_once_are_answered_in_order(asker: Asker, door: str) -> None:
    wire = Wire(asker.doors[door])
    first, second, third = (PATHS[0] % next(NUMBERS) for _ in range(3))
    wire.send(
        asker.good(door, b"POST", first, b"Content-Length: 2\r\n\r\nab")
        + asker.good(door, b"PUT", second, b"Transfer-Encoding: chunked\r\n\r\n" + framings.chunked(b"c"))
        + asker.good(door, b"GET", third, b"\r\n")
    )
    answers = [wire.answer(method) for method in (b"POST", b"PUT", b"GET")]
    wire.close()

    assert [answer[2] for answer in answers] == [b"POST %b ab" % first, b"PUT %b c" % second, b"GET %b " % third]
    for target in (first, second, third):
        assert len(asker.recorder.seen.pop(target)) == 1


NOISE = (
    b"Connection: content-length\r\n",
    b"Connection: keep-alive, transfer-encoding, content-length\r\n",
    b"Connection: x-real-ip, x-bijou-gateway, x-request-id, authorization, host\r\n",
    b"Connection: close, te\r\nTE: trailers\r\n",
    b"X-Real-IP: 6.6.6.6\r\nX-Bijou-Gateway: guessed\r\n",
    b"x-real-ip: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\n",
    b"Transfer_Encoding: chunked\r\n",
    b"Content-Length-: 3\r\nContent_Length: 3\r\n",
    b"X-Transfer-Encoding: chunked\r\n",
    b"Upgrade: websocket\r\n",
    b"X-HTTP-Method-Override: DELETE\r\n",
    b"Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nTrailer: X-A\r\n",
)
FRAGMENTS = st.sampled_from(
    (b"0\r\n\r\n", b"\r\n\r\n", b"\n", b"GET / HTTP/1.1\r\n", smuggled(), b"ff\r\n", b"Host: x\r\n")
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, bytes, bytes, Framed, bytes]:
    body = b"".join(draw(st.lists(FRAGMENTS | st.binary(max_size=40), max_size=5)))
    middle = draw(st.integers(0, len(body)))
    means = draw(st.booleans())
    framed = draw(st.sampled_from(sorted((framings.right(body, middle) if means else framings.wrong(body)).items())))[1]
    noise = draw(st.lists(st.sampled_from(NOISE), max_size=3, unique=True))
    door = draw(st.sampled_from(("edge", "gateway")))
    return door, draw(st.sampled_from(METHODS)), draw(st.sampled_from(PATHS)), framed, b"".join(noise)


@settings(
    max_examples=2000,
    deadline=None,
    phases=(Phase.generate,),
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(requests())
def test_no_generated_request_has_two_readings(asker: Asker, request: tuple[str, bytes, bytes, Framed, bytes]) -> None:
    door, method, path, framed, noise = request
    asker.check(door, method, path, framed, noise)
    if framed.body is None:
        asker.others(door)
