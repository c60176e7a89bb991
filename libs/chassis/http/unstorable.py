"""What the database cannot hold and no type at the door refused: the mistake is in the request, so that is what is said."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import StatementError

from libs.chassis.problems import Invalid


class NotStorable(Invalid):
    """Something in this request cannot be stored: a number that is too large, or a character no text may hold."""

    code = "not_storable"


def is_refused_value(error: BaseException) -> bool:
    """Tell whether a statement failed for one of its values: out of range, or not text (SQLSTATE class 22).

    Asyncpg refuses some values before it sends them, with an error that is a `ValueError`.
    """
    if isinstance(error, StatementError):
        cause = getattr(error.orig, "__cause__", None) or error.orig
        return cause is not None and is_refused_value(cause)
    return isinstance(error, asyncpg.DataError) or (
        isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError)
    )


# What such an error may arrive as; each is asked, and passed on where it is about something else.
KINDS: tuple[type[Exception], ...] = (StatementError, asyncpg.DataError, asyncpg.InterfaceError)
