"""Errors as RFC 9457 problem details, with one catalogue of every code.

A service subclasses one of the kinds below beside the code that raises it; the docstring is the sentence a person reads.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

CATALOGUE: dict[str, type[Problem]] = {}


class Problem(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in vars(cls):
            # Two services may say the same thing, but a code has one status everywhere.
            known = CATALOGUE.setdefault(cls.code, cls)
            if known.status != cls.status:
                raise TypeError(f"problem code {cls.code!r} has status {known.status} in {known.__module__}")

    def __init__(self, detail: str | None = None, *, retry_after: int | None = None, **members: Any) -> None:
        self.detail = detail or inspect.cleandoc(type(self).__doc__ or "").split("\n\n")[0].replace("\n", " ")
        self.retry_after = retry_after
        self.members = members
        super().__init__(self.detail)

    @property
    def title(self) -> str:
        """The code as words: the same for every occurrence."""
        return self.code.replace("_", " ").capitalize()

    def body(self, trace_id: str = "") -> dict[str, Any]:
        """Return the problem document."""
        return {
            "type": f"urn:bijou:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "retryable": self.retryable,
            "trace_id": trace_id,
            **self.members,
        }

    def headers(self) -> dict[str, str]:
        """Return the headers that belong to the answer."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}


class InternalError(Problem):
    """Something broke on our side. Please try again in a moment."""

    code = "internal_error"
    retryable = True


class BadRequest(Problem):
    """The request could not be understood."""

    status = 400
    code = "bad_request"


class Unauthenticated(Problem):
    """Please sign in."""

    status = 401
    code = "unauthenticated"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "WWW-Authenticate": "Bearer"}


class PaymentRequired(Problem):
    """A payment is needed for this."""

    status = 402
    code = "payment_required"


class Forbidden(Problem):
    """You are not allowed to do this."""

    status = 403
    code = "forbidden"


class NotFound(Problem):
    """There is nothing here."""

    status = 404
    code = "not_found"


class MethodNotAllowed(Problem):
    """This address does not take that method."""

    status = 405
    code = "method_not_allowed"


class Conflict(Problem):
    """This does not fit the present state. Reload and try again."""

    status = 409
    code = "conflict"


class Gone(Problem):
    """This is no longer there."""

    status = 410
    code = "gone"


class PreconditionFailed(Problem):
    """This has changed since you read it. Reload and try again."""

    status = 412
    code = "precondition_failed"


class TooLarge(Problem):
    """This is larger than what is accepted here."""

    status = 413
    code = "too_large"


class Unsupported(Problem):
    """This kind of content is not accepted here."""

    status = 415
    code = "unsupported_media_type"


class Invalid(Problem):
    """Some of what was sent is not valid."""

    status = 422
    code = "invalid"


class Locked(Problem):
    """Somebody else is working on this right now."""

    status = 423
    code = "locked"
    retryable = True


class PreconditionRequired(Problem):
    """Say which version you are changing (If-Match)."""

    status = 428
    code = "precondition_required"


class TooMany(Problem):
    """That was a lot of requests. Please wait a moment."""

    status = 429
    code = "too_many_requests"
    retryable = True


class Unavailable(Problem):
    """This is not available right now. Please try again in a moment."""

    status = 503
    code = "unavailable"
    retryable = True

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2", **super().headers()}


BY_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        InternalError, BadRequest, Unauthenticated, PaymentRequired, Forbidden, NotFound, MethodNotAllowed, Conflict, Gone,
        PreconditionFailed, TooLarge, Unsupported, Invalid, Locked, PreconditionRequired, TooMany, Unavailable,
    )
}  # fmt: skip
