"""The reads that pages are composed of: which service, which path, whose copy may be shared."""

import asyncio
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from gateway.compose import Composer, Outcome
from gateway.exposures import Exposures
from gateway.pool import Headers
from gateway.settings import GatewaySettings
from gateway.upstream import Services, UpstreamError
from libs.chassis import telemetry
from libs.chassis.messaging.flags import Flags
from libs.contracts.experiments import OF_A_FLAG
from libs.contracts.flags import KNOWN
from libs.contracts.token import Principal

log = telemetry.logger(__name__)

API = "/api/v1"
# The most cards that catalog gives at once.
MOST_IDS = 100
M = TypeVar("M", bound=BaseModel)


class Reads:
    """Reads for one viewer of one request. All together they take two rows' deadlines at most, however they follow."""

    def __init__(
        self,
        settings: GatewaySettings,
        composer: Composer,
        services: Services,
        who: Principal,
        headers: Headers,
        flags: Flags,
        exposures: Exposures,
    ) -> None:
        self._settings = settings
        self._composer = composer
        self._services = services
        self._who = who
        self._headers = headers
        self._flags = flags
        self._exposures = exposures
        # What of experiments, and of flags that a part has, was used until now.
        self.arms: dict[str, str] = {}
        self._ends = time.monotonic() + 2 * settings.row_deadline

    def _deadline(self) -> float:
        return max(0.0, min(self._settings.row_deadline, self._ends - time.monotonic()))

    def is_on(self, flag: str) -> bool:
        """Tell whether a part of a page is shown to this profile, by one of the flags in libs/contracts/flags.py."""
        on = self._flags.is_on(flag, self._who, default=KNOWN[flag].on)
        if (version := self._flags.rolled_out(flag, self._who)) is not None:
            self._met(f"{OF_A_FLAG}{flag}", "on" if on else "off", version)
        return on

    def arm(self, experiment: str) -> str | None:
        """Return this profile's arm of an experiment, which is used now, and said to be; None for who is in none."""
        found = self._flags.arm(experiment, self._who)
        if found is None:
            return None
        self._met(experiment, *found)
        return found[0]

    def _met(self, experiment: str, arm: str, version: int) -> None:
        self.arms[experiment] = arm
        self._exposures.met(self._who, dict(self._headers)[b"authorization"], experiment, arm, version)

    async def catalog(self, path: str, *, keep: bool = True) -> Outcome:
        """A list that is the same for every viewer of the same country, maturity and language; kept for its second.

        What was withdrawn since is gone with that second, and what a window ends is gone with its end.
        """
        language = self._who.language or dict(self._headers).get(b"accept-language", b"")
        viewers = (path, self._who.country, self._who.maturity, self._who.kids, language)
        return await self._composer.read(
            f"catalog {path.partition('?')[0]}",
            viewers,
            lambda: self._services.get("catalog", API + path, self._headers),
            deadline=self._deadline(),
            fresh=self._settings.catalog_fresh,
            keep=keep,
        )

    async def cards(self, title_ids: Sequence[str], *, keep: bool = True) -> Outcome:
        """Cards by title id; titles this viewer may not see are left out.

        Many that one viewer alone asks for together are not kept: nobody would ask for the same ones again.
        """
        if not title_ids:
            return Outcome({})
        parts = [title_ids[start : start + MOST_IDS] for start in range(0, len(title_ids), MOST_IDS)]
        found = await asyncio.gather(
            *(self.catalog(f"/titles/cards?ids={','.join(part)}", keep=keep) for part in parts)
        )
        if missing := next((each for each in found if each.value is None), None):
            return missing
        cards = {card["title_id"]: card for each in found for card in each.value["items"]}
        return Outcome(cards, any(each.degraded for each in found))

    async def mine(self, path: str) -> Outcome:
        """Something of this profile alone, from watchstate; what it was shown under another age limit stands in for nothing."""
        return await self._composer.read(
            f"watchstate {path.partition('?')[0]}",
            (path, self._who.profile_id, self._who.maturity, self._who.kids),
            lambda: self._services.get("watchstate", API + path, self._headers),
            deadline=self._deadline(),
        )

    async def recommended(self, path: str, kind: type[M]) -> M | None:
        """What is recommended to this profile, as ids; None where no answer came that is one, or there is no such title.

        No answer from before stands in for a late one: it may name what was withdrawn, hidden or forgotten since.
        """
        who = self._who

        async def read() -> Any:
            try:
                return await self._services.get("recommendation", API + path, self._headers)
            except UpstreamError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return None
                raise

        found = await self._composer.read(
            # Which title it is about is no name of a source: there would be as many as titles.
            f"recommendation {path.partition('?')[0].rpartition('/')[2]}",
            (path, who.profile_id, who.maturity, who.kids, who.country, who.consents),
            read,
            deadline=self._deadline(),
            keep=False,
        )
        if found.value is None:
            return None
        try:
            return kind.model_validate(found.value)
        except ValidationError as error:
            log.error("recommendations_not_understood", path=path, reason=str(error).partition("\n")[0])
            return None

    async def required(self, path: str) -> Any:
        """What the page cannot do without, from catalog. Raises what `Services.get` raises."""
        return await self._services.get("catalog", API + path, self._headers)

    async def in_my_list(self, title_id: UUID) -> Outcome:
        """Whether the title is in My List."""
        found = await self.mine(f"/me/list/contains?title_ids={title_id}")
        if found.value is None:
            return found
        return Outcome(str(title_id) in found.value["title_ids"], found.degraded)
