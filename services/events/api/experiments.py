"""HTTP in and out: experiments and flags, made by staff and given out to profiles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.chassis import text
from libs.chassis.http.declared_problems import raises
from libs.chassis.http.versions import BadVersion, IfMatch, version_of
from libs.chassis.problems import PreconditionRequired
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.events import picture
from services.events.schemas.experiments import (
    Assignments,
    ExperimentBody,
    ExperimentList,
    ExperimentOut,
    ExperimentReport,
    FlagBody,
    FlagList,
    FlagOut,
)
from services.events.service.analysis import Analysis
from services.events.service.experiments import (
    ExperimentMovedOn,
    Experiments,
    FlagMovedOn,
    HasRun,
    NoSuchExperiment,
    PlacesTaken,
)

router = APIRouter(prefix="/api/v1/experiments", tags=["Experiments"])
staff = APIRouter(prefix="/api/v1/admin", tags=["Staff: experiments"])
Editor = Annotated[Principal, auth.staff("content_manager")]
Reader = Annotated[Principal, auth.staff("content_manager", "support")]
Name = Annotated[
    str, Path(description="What it is called.", pattern=r"^[a-z][a-z0-9_.-]{0,58}[a-z0-9]$", examples=["larger-cards"])
]
Device = Annotated[str, text.token(20, shortest=0), Query(description="What kind of device asks.", examples=["web"])]
AppVersion = Annotated[str, text.token(40, shortest=0), Query(description="The app's own.", examples=["1.4.0"])]
_SVG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}, "example": "<svg/>"}}}
}


def _experiments(request: Request) -> Experiments:
    return request.app.state.experiments  # type: ignore[no-any-return]


def _analysis(request: Request) -> Analysis:
    return request.app.state.analysis  # type: ignore[no-any-return]


Use = Annotated[Experiments, Depends(_experiments)]
Judge = Annotated[Analysis, Depends(_analysis)]


@router.get("/assignments")
async def assignments(
    request: Request, response: Response, who: auth.Profile, use: Use, device: Device = "", app_version: AppVersion = ""
) -> Assignments:
    """Read which experiments and flags hold for this profile.

    The same profile gets the same every time. Keep it, and read it again when the header `Bijou-Experiments` of any answer says
    another version than the one in hand.
    """
    response.headers["Cache-Control"] = "private, no-cache"
    return await use.assignments(who, device, app_version)


@staff.get("/flags")
async def list_flags(who: Reader, use: Use) -> FlagList:
    """List the feature flags.

    Those that staff made, and those that code reads.
    """
    return await use.flags()


@staff.put("/flags/{name}", responses=raises(FlagMovedOn, BadVersion, PreconditionRequired))
async def put_flag(name: Name, body: FlagBody, who: Editor, use: Use, if_match: IfMatch = None) -> FlagOut:
    """Make a feature flag, or change it.

    It holds everywhere within five seconds. Off is off for everybody at once, whatever its share. Only the version you name in
    `If-Match` is changed, so that nothing comes back on that somebody switched off meanwhile; `"0"` only makes a new one.
    """
    return await use.put_flag(who, name, body, version_of(if_match, required=True))


@staff.get("/experiments")
async def list_experiments(who: Reader, use: Use) -> ExperimentList:
    """List the experiments."""
    return await use.experiments()


@staff.put("/experiments/{name}", responses=raises(HasRun, ExperimentMovedOn, BadVersion, PreconditionRequired))
async def put_experiment(
    name: Name, body: ExperimentBody, who: Editor, use: Use, if_match: IfMatch = None
) -> ExperimentOut:
    """Make an experiment, or change one that has not run yet.

    Only the version you name in `If-Match` is changed; `"0"` only makes a new one.
    """
    return await use.put_experiment(who, name, body, version_of(if_match, required=True))


@staff.post("/experiments/{name}/start", responses=raises(NoSuchExperiment, HasRun, PlacesTaken))
async def start_experiment(name: Name, who: Editor, use: Use) -> ExperimentOut:
    """Let an experiment run.

    Of its layer nobody else may have its places.
    """
    return await use.start(who, name)


@staff.post("/experiments/{name}/stop", responses=raises(NoSuchExperiment))
async def stop_experiment(name: Name, who: Editor, use: Use) -> ExperimentOut:
    """Let an experiment end, for good.

    Within five seconds nobody gets an arm of it any more.
    """
    return await use.stop(who, name)


@staff.get("/experiments/{name}/report", responses=raises(NoSuchExperiment))
async def experiment_report(name: Name, who: Reader, judge: Judge) -> ExperimentReport:
    """Judge an experiment by all that is known now.

    First whether the arms are of the sizes they were given out in; then each measure of each arm beside the control's. Look as
    often as you like: the intervals hold at every look together.
    """
    return await judge.report(name)


@staff.get("/experiments/{name}/report.svg", response_class=Response, responses={**_SVG, **raises(NoSuchExperiment)})
async def experiment_picture(name: Name, who: Reader, judge: Judge) -> Response:
    """Show the report as a picture."""
    return Response(picture.svg(await judge.report(name)), media_type="image/svg+xml")
