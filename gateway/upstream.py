"""The services behind the gateway: one connection pool, and a circuit for each so that a dead one costs nobody time."""

import asyncio
import time
from typing import Any

import orjson
from prometheus_client import Counter, Gauge

from gateway.connection import Body, Broken, Connection, TooSlow
from gateway.pool import Headers, NotConnected, Pool
from gateway.routes import Patience
from gateway.settings import GatewaySettings
from libs.chassis import telemetry
from libs.chassis.http.middleware import GATEWAY
from libs.chassis.problems import Unavailable
from libs.chassis.security.shares import share_of

log = telemetry.logger(__name__)

FAILURES = 5
OPEN_SECONDS = 1.0
RETRY_AFTER = 2
RETRY_DELAY = 0.05
STATE = Gauge("bijou_gateway_circuit_open", "1 while a service is not asked", ["upstream"])
FAILED = Counter("bijou_gateway_upstream_failures_total", "Calls that got no answer", ["upstream"])


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
    """Opens after a few calls in a row that got no answer, and lets one request at a time try again, every second.

    Not there, broken before the answer, and silent for too long are the same: nobody should wait to find out again.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self._failures = 0
        self._closed_from = 0.0
        self._trying = False
        self._gauge = STATE.labels(service)

    def admit(self) -> None:
        """Raises ServiceUnavailable while the circuit is open. Whoever is admitted reports how it went."""
        if self._failures >= FAILURES:
            if self._trying or time.monotonic() < self._closed_from:
                raise unavailable(self.service)
            self._trying = True

    def succeeded(self) -> None:
        if self._failures:
            if self._failures >= FAILURES:
                log.info("circuit_closed", upstream=self.service)
            self._failures = 0
            self._trying = False
            self._gauge.set(0)

    def failed(self, error: BaseException) -> None:
        self._failures += 1
        self._trying = False
        FAILED.labels(self.service).inc()
        if self._failures >= FAILURES:
            self._closed_from = time.monotonic() + OPEN_SECONDS
        if self._failures == FAILURES:
            self._gauge.set(1)
            log.warning("circuit_opened", upstream=self.service, reason=f"{type(error).__name__}: {error}")

    def abandoned(self) -> None:
        """The caller left before it was known."""
        self._trying = False


def unavailable(service: str) -> ServiceUnavailable:
    """The problem that says which part is missing."""
    return ServiceUnavailable(retry_after=RETRY_AFTER, service=service)


class Services:
    """A component: the connections to every service. Who gets an answer releases it."""

    name = "services"
    required = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._timeouts: dict[Patience, float] = {
            "read": settings.read_timeout,
            "write": settings.write_timeout,
            "upload": settings.upload_timeout,
        }
        secret = settings.gateway_secret.get_secret_value()
        self._pools = {
            name: Pool(
                base,
                connect_timeout=settings.connect_timeout,
                always=[(GATEWAY, share_of(secret, name).encode())] if secret else [],
            )
            for name, base in settings.services.items()
        }
        self._circuits = {name: Circuit(name) for name in settings.services}

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        for pool in self._pools.values():
            pool.close()

    async def check(self) -> None:
        return None

    def timeout(self, patience: Patience) -> float:
        """The seconds that a silence may last."""
        return self._timeouts[patience]

    def base(self, service: str) -> bytes:
        """The service's base URL."""
        return self._pools[service].base

    async def open(
        self,
        service: str,
        method: bytes,
        target: bytes,
        headers: Headers,
        body: Body = None,
        length: int | None = None,
        patience: Patience = "read",
    ) -> Connection:
        """Sends a request; `target` is the raw path and query, `length` that of a streamed body.

        Raises ServiceUnavailable or ServiceSlow.

        A read that finds nobody listening is tried once more, for a service that is just being replaced.
        """
        pool = self._pools.get(service)
        if pool is None:
            raise unavailable(service)
        circuit = self._circuits[service]
        circuit.admit()
        timeout = self._timeouts[patience]
        again = method in (b"GET", b"HEAD") and not body
        while True:
            try:
                answer = await pool.request(method, target, headers, body, length=length, timeout=timeout)
            except NotConnected as error:
                if again:
                    again = False
                    await asyncio.sleep(RETRY_DELAY)
                    continue
                circuit.failed(error)
                raise unavailable(service) from error
            except TooSlow as error:
                circuit.failed(error)
                raise ServiceSlow(retry_after=RETRY_AFTER, service=service) from error
            except Broken as error:
                # Whether the service acted on it is not known.
                circuit.failed(error)
                raise unavailable(service) from error
            except BaseException:
                circuit.abandoned()
                raise
            circuit.succeeded()
            return answer

    async def get(self, service: str, target: str, headers: Headers) -> Any:
        """The JSON of a read. Raises UpstreamError for an answer that is not 200, or as `open` does."""
        answer = await self.open(service, b"GET", target.encode(), headers)
        try:
            body = b""
            while chunk := await answer.read():
                body += chunk
        except (Broken, TooSlow) as error:
            raise unavailable(service) from error
        finally:
            answer.release()
        if answer.status != 200:
            raise UpstreamError(service, answer.status, body)
        return orjson.loads(body)
