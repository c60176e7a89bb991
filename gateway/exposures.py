"""What the gateway decided by an experiment or a flag, told to events as apps tell it: when it is used, in the viewer's name."""

import time
from collections import deque
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid5

import orjson
from cachetools import LRUCache
from prometheus_client import Counter

from gateway.pool import Headers
from gateway.upstream import Services
from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.contracts.token import Principal

log = telemetry.logger(__name__)

# Of viewers and what they met: who is forgotten is told of again, under the same id.
KNOWN = 100_000
WAITING = 2_000
# Of an exposure that events does not take; by then the page it is about was long seen.
SECONDS = 60.0
NAMES = UUID("5f0c2a6e-6f5d-4b0e-9a53-0e9c6f6c1c11")
UNTOLD = Counter("bijou_gateway_exposures_untold_total", "Arms that were met and that events did not hear of")


# The profile, the experiment, the arm, and the experiment's version.
Key = tuple[UUID, str, str, int]


class Met(NamedTuple):
    """An arm that somebody met, `until` a moment of the monotonic clock worth telling."""

    key: Key
    headers: Headers
    body: bytes
    until: float


class Exposures(Loop):
    """A component. `met` never waits, and tells of each viewer and arm once, however often it is used."""

    name = "exposures"
    every = None

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._known: LRUCache[Key, None] = LRUCache(KNOWN)
        self._waiting: deque[Met] = deque()

    def met(self, who: Principal, authorization: bytes, experiment: str, arm: str, version: int) -> None:
        """Have it told that a viewer met an arm, if they agreed to such things being told: nobody has who was not asked."""
        if who.profile_id is None or who.kids or "analytics" not in (who.consents or ()):
            return
        key = who.profile_id, experiment, arm, version
        if key in self._known:
            return
        if len(self._waiting) >= WAITING:
            UNTOLD.inc()
            return
        self._known[key] = None
        said = {
            # The same from every replica, and after a restart.
            "id": str(uuid5(NAMES, f"{who.profile_id} {experiment} {version} {arm}")), "type": "exposure",
            "at": datetime.now(UTC), "experiment": experiment, "arm": arm,
        }  # fmt: skip
        batch = {"app": "gateway", "app_version": "1", "consents": ["analytics"], "events": [said]}
        headers = [(b"authorization", authorization), (b"content-type", b"application/json")]
        self._waiting.append(Met(key, headers, orjson.dumps(batch), time.monotonic() + SECONDS))
        self.wake()

    async def work(self) -> None:
        while self._waiting:
            met = self._waiting[0]
            if time.monotonic() > met.until:
                self._give_up(met)
            else:
                answer = await self._services.open(
                    "events", b"POST", b"/api/v1/events", met.headers, met.body, len(met.body)
                )
                answer.release()
                if answer.status == 503:
                    raise NotTaken(f"events answered {answer.status}")
                # A token that has run out, or a profile that tells too much: the others go on.
                if answer.status != 202:
                    self._give_up(met)
                    log.info("exposure_refused", status=answer.status)
            self._waiting.popleft()

    def _give_up(self, met: Met) -> None:
        """Let it be told when it is met the next time: of who is never told of, nothing could be compared."""
        UNTOLD.inc()
        self._known.pop(met.key, None)


class NotTaken(Exception):
    """Events takes nothing in at the moment."""
