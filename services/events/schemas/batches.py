"""HTTP bodies: a batch of events, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from starlette.requests import Request

from libs.chassis.http.bodies import Body
from libs.chassis.http.examples import example
from libs.contracts.client import Name, SaidByApps
from services.events import reading, shapes

MOST = 200
EVENT = {
    "id": "0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92",
    "type": "impression",
    "at": "2026-11-27T09:30:00.120Z",
    "visit": "0199c4b9-1a00-7b1f-9d08-5e3a7c6f1b90",
    "seq": 12,
    "impression_id": "0199a4cf-7d12-7b9e-a3c4-5e6f7a8b9c0d",
    "title_id": "0199a4cf-1b2c-7d3e-8f40-516273849506",
    "row": "top-rated",
    "row_position": 1,
    "position": 3,
}


class _Documented:
    """Events are checked one by one, so that a bad one takes no other with it; the document shows what each may be."""

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(TypeAdapter(list[SaidByApps]).core_schema)


class EventBatch(Body):
    """What an app tells at once, at most 200 events.

    `sent_at` is the device's clock as this leaves: what it differs from ours is corrected in every event. `consents` is what the
    viewer has agreed to: `analytics`, `personalisation`, both or nothing; a word that is none of these agrees to nothing.
    """

    model_config = ConfigDict(extra="ignore", **example(
        sent_at="2026-11-27T09:30:02.000Z", app="web", app_version="1.4.0", consents=["analytics", "personalisation"],
        events=[EVENT],
    ))  # fmt: skip

    sent_at: AwareDatetime | None = None
    app: Name
    app_version: Name
    consents: Annotated[list[Name], Field(max_length=10)] = []
    events: Annotated[list[Any], _Documented()]

    @classmethod
    async def of_request(cls, request: Request) -> EventBatch:
        """Read a batch from JSON or from text, plain or by gzip, its events as `reading.event` reads them.

        Raises ValidationError and what `reading` raises.
        """
        found = await reading.batch(request, _usual, MOST)
        return cls.model_validate(found) if isinstance(found, dict) else found


# What nearly all apps send, with the same fields as the model.
_usual = msgspec.json.Decoder(shapes.struct(EventBatch, {"events": list[msgspec.Raw]})).decode


class EventVerdict(BaseModel):
    """What became of one event. Only `accepted` ones are kept; one verdict alone, `not_in_token`, asks for the event again.

    `reason` of an `invalid` one: `unknown_type`, `malformed`, `field` (`detail` says which), `too_large`, `too_deep`,
    `in_the_future` or `too_old`; of an exposure `not_running` (there is no such experiment, or it did not run then) or
    `not_drawn` (the arm is not this profile's). `not_consented`: `detail` is what the viewer would have to agree to, `reason` is
    `not_in_batch`, `kids` or `not_in_token`. An access token says what was agreed to when it was issued: if that was before a
    `PUT /me/consents`, refresh, and send the event again with the new token.
    """

    model_config = example(id=EVENT["id"], verdict="accepted", reason=None, detail=None)

    id: Annotated[str | None, Field(description="As it was sent; null where that was none.")]
    verdict: Literal["accepted", "duplicate", "invalid", "not_consented", "sampled_out"]
    reason: str | None = None
    detail: str | None = None


class EventVerdicts(BaseModel):
    """What became of a batch: a verdict for each event, in their order."""

    model_config = example(received_at="2026-11-27T09:30:02.040Z", skew_ms=0, deduplicated=True)

    received_at: datetime
    skew_ms: Annotated[int, Field(description="What was added to the device's clock, in milliseconds.")]
    deduplicated: Annotated[
        bool, Field(description="False while nobody remembers what came before: events may come twice.")
    ]
    verdicts: list[EventVerdict]
