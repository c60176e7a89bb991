"""The services behind the gateway: one connection pool, and a circuit for each so that a dead one costs nobody time."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from prometheus_client import Counter, Gauge
from yarl import URL

from gateway.settings import GatewaySettings
from libs.chassis import telemetry
from libs.chassis.problems import Unavailable

log = telemetry.logger(__name__)

FAILURES = 5
OPEN_SECONDS = 1.0
RETRY_AFTER = 2
RETRY_DELAY = 0.05
# Shorter than a service keeps its idle connections (75 s), so that no request meets one that is closing.
KEEPALIVE = 55.0
STATE = Gauge("bijou_gateway_circuit_open", "1 while a service is not asked", ["upstream"])
FAILED = Counter("bijou_gateway_upstream_failures_total", "Calls that reached no service", ["upstream"])

Headers = list[tuple[str, str]]


class ServiceUnavailable(Unavailable):
    """This part of Bijou is not answering right now. Please try again in a few seconds."""

    code = "service_unavailable"


class ServiceSlow(Unavailable):
    """This is taking longer than it should. Please try again in a moment."""

    status = 504
    code = "service_slow"


class UpstreamError(Exception):
    """A service answered a composed read with an error: its HTTP status and problem document."""

    def __init__(self, service: str, status: int, body: bytes) -> None:
        super().__init__(f"{service} answered {status}")
        self.status = status
        self.body = body


class Circuit:
    """Opens after a few connections that failed in a row, and lets one request try again every second."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._failures = 0
        self._closed_from = 0.0
        self._gauge = STATE.labels(service)

    def admit(self) -> None:
        """Raises ServiceUnavailable while the circuit is open."""
        if self._failures >= FAILURES:
            now = time.monotonic()
            if now < self._closed_from:
                raise unavailable(self.service)
            self._closed_from = now + OPEN_SECONDS

    def succeeded(self) -> None:
        if self._failures:
            self._failures = 0
            self._gauge.set(0)

    def failed(self, error: BaseException) -> None:
        self._failures += 1
        FAILED.labels(self.service).inc()
        if self._failures == FAILURES:
            self._closed_from = time.monotonic() + OPEN_SECONDS
            self._gauge.set(1)
            log.warning("circuit_opened", upstream=self.service, reason=f"{type(error).__name__}: {error}")


def unavailable(service: str) -> ServiceUnavailable:
    """The problem that says which part is missing."""
    return ServiceUnavailable(retry_after=RETRY_AFTER, service=service)


class Services:
    """A part: the pool of connections. `open` sends one request; the caller releases the response."""

    name = "services"
    required = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self.circuits = {name: Circuit(name) for name in settings.services}
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=None, sock_connect=settings.connect_timeout, sock_read=settings.read_timeout
        )
        # An event stream may be silent for as long as nothing happens.
        self._endless = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=settings.connect_timeout)

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE, ttl_dns_cache=10),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            trust_env=False,
            max_line_size=32 * 1024,
            max_field_size=32 * 1024,
            read_bufsize=256 * 1024,
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def check(self) -> None:
        if self._session is None:
            raise RuntimeError("not started")

    def base(self, service: str) -> str:
        """The service's base URL; raises ServiceUnavailable when this platform runs without it."""
        url = self._settings.services.get(service)
        if url is None:
            raise unavailable(service)
        return url

    async def open(
        self, service: str, method: str, target: str, headers: Headers, data: Any = None, *, endless: bool = False
    ) -> aiohttp.ClientResponse:
        """Sends a request; `target` is the raw path and query. Raises ServiceUnavailable or ServiceSlow.

        A read that finds nobody listening is tried once more, for a service that is just being replaced.
        """
        assert self._session is not None
        url = URL(self.base(service) + target, encoded=True)
        circuit = self.circuits[service]
        circuit.admit()
        again = method in ("GET", "HEAD") and data is None
        while True:
            try:
                response = await self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=data,
                    allow_redirects=False,
                    timeout=self._endless if endless else self._timeout,
                )
            except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
                if again and isinstance(error, aiohttp.ClientConnectorError):
                    again = False
                    await asyncio.sleep(RETRY_DELAY)
                    continue
                circuit.failed(error)
                raise unavailable(service) from error
            except TimeoutError as error:
                raise ServiceSlow(retry_after=RETRY_AFTER, service=service) from error
            except aiohttp.ClientError as error:
                # The connection broke under the request: whether the service acted on it is not known.
                raise unavailable(service) from error
            circuit.succeeded()
            return response

    async def get(self, service: str, target: str, headers: Mapping[str, str]) -> Any:
        """The JSON of a read. Raises UpstreamError for an answer that is not 200, or as `open` does."""
        response = await self.open(service, "GET", target, list(headers.items()))
        async with response:
            if response.status != 200:
                raise UpstreamError(service, response.status, await response.read())
            return orjson.loads(await response.read())
