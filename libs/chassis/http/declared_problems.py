"""Which problems an operation answers with: those its route declares, and those that follow from what the route asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from libs.chassis import problems
from libs.chassis.http import pagination
from libs.chassis.http.examples import example
from libs.chassis.security import auth, revocations, tokens

MEDIA_TYPE = "application/problem+json"
# Where a route's declaration waits in the document of FastAPI until it is written out: code → problem document.
DECLARED = "x-declared-problems"
TRACE = "6f1c2b9a4e8d47d0a3b5c7e9f1023456"
Document = dict[str, Any]
Bodies = Mapping[int, type[BaseModel]]


class ProblemDetails(BaseModel):
    """RFC 9457 problem details; `code` is stable, `detail` is for people."""

    model_config = example(**problems.NotFound().body(TRACE))

    type: str
    title: str
    status: Annotated[int, Field(description="The HTTP status, once more.")]
    detail: str
    code: str
    retryable: bool
    trace_id: str


class FieldProblem(BaseModel):
    """One field that is not valid: `loc` leads to it, from `body`, `query`, `path` or `header` on."""

    model_config = example(loc=["body", "email"], msg="is missing", type="missing")

    loc: list[str | int]
    msg: str
    type: str


class InvalidProblem(ProblemDetails):
    """Something in the request is not valid; `errors` names the fields where the types of the request say so."""

    errors: list[FieldProblem] = []


def raises(*kinds: type[problems.Problem], bodies: Bodies | None = None) -> dict[int | str, Document]:
    """Return the `responses` of a route that answers with these problems beside those that follow from its signature.

    `bodies` are the models of statuses whose problem document says more than others.
    """
    answers: dict[int | str, Document] = {}
    for kind in kinds:
        model = (bodies or {}).get(kind.status, InvalidProblem if kind.status == 422 else ProblemDetails)
        answer = answers.setdefault(kind.status, {"model": model, "description": "", DECLARED: {}})
        answer[DECLARED][kind.code] = kind().body(TRACE)
    return answers


def following(operation: Document) -> Iterator[problems.Problem]:
    """Yield the problems that an operation of the document answers with by what it asks for."""
    policy = operation.get("x-bijou-policy", "public")
    parameters = operation.get("parameters", ())
    yield from (problems.TooMany(), problems.InternalError(), problems.Unavailable())
    if policy != "public":
        yield from (problems.Unauthenticated(), tokens.InvalidToken(), revocations.TokenOutdated())
        yield from (revocations.AccountSuspended(), tokens.KeysUnavailable())
    if policy == "profile":
        yield auth.ProfileRequired()
    if policy.startswith("staff"):
        yield auth.RoleRequired()
    if policy == "holder" or policy.startswith("staff"):
        yield auth.HolderRequired()
    if any(parameter["name"] == "cursor" for parameter in parameters):
        yield pagination.BadCursor()
    if "requestBody" in operation:
        yield from (problems.BadRequest(), problems.TooLarge())
    # Also without a parameter or a body: whoever brings one is told.
    errors = [{"loc": ["body", "name"], "msg": "is missing", "type": "missing"}]
    yield problems.Invalid("name: is missing", errors=errors)
