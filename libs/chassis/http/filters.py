"""Filters of a list as query parameters: one that does nothing misleads, so that unknown ones are refused."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Request

from libs.chassis.problems import Invalid


def refuse_others(request: Request, known: Collection[str]) -> None:
    """Refuse parameters that are none of the `known`, and those that are given twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known:
            raise Invalid(f"{name[:80]}: no such filter", errors=[_wrong(name, "no such filter")])
        if names.count(name) > 1:
            raise Invalid(f"{name}: given more than once", errors=[_wrong(name, "given more than once")])


def _wrong(name: str, said: str) -> dict[str, object]:
    return {"loc": ["query", name[:80]], "msg": said, "type": "value_error"}
