"""The play decision: its gates in order, what each refusal is called and says, how a rendition height is capped, and what a
player is told whose stream has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from libs.chassis.problems import Conflict, Forbidden, Problem
from libs.chassis.security.revocations import AccountSuspended

GATES = ("account", "profile", "plan", "height", "title", "region", "window", "maturity", "device", "slot")


class AccountClosed(Forbidden):
    """This account is closed. Restore it or register a new one to go on watching."""

    code = "account_closed"


class SignedOut(Forbidden):
    """This device has been signed out. Please sign in again."""

    code = "signed_out"


class ProfileNotAllowed(Forbidden):
    """This profile is no longer part of the account. Choose another one."""

    code = "profile_not_allowed"


class NoPlan(Forbidden):
    """Watching needs a plan. Choose one to start."""

    code = "no_plan"


class PlanEnded(Forbidden):
    """Your plan has ended. Choose a plan to go on watching."""

    code = "plan_ended"


class HeightNotInPlan(Forbidden):
    """This title only exists in a higher quality than your plan includes. A larger plan plays it."""

    code = "height_not_in_plan"


class TitleNotPublished(Forbidden):
    """This title is not available. Something else is waiting on the home page."""

    code = "title_not_published"


class TitleNotReady(Forbidden):
    """This title is still being prepared. Please try again later."""

    code = "title_not_ready"


class NotInRegion(Forbidden):
    """This title is not available in your country."""

    code = "not_in_region"


class WindowNotOpen(Forbidden):
    """This title is not available yet. Please come back when it is released."""

    code = "window_not_open"


class WindowClosed(Forbidden):
    """This title is no longer available. Something else is waiting on the home page."""

    code = "window_closed"


class MaturityExceeded(Forbidden):
    """This title is above the age rating of this profile. Choose another profile to watch it."""

    code = "maturity_exceeded"


class DeviceRemoved(Forbidden):
    """This device was removed from the account. Sign in on it again to watch here."""

    code = "device_removed"


class DeviceNotAllowed(Forbidden):
    """This device does not belong to the account. Sign in on it to watch here."""

    code = "device_not_allowed"


class SessionTooLong(Forbidden):
    """This has been playing for a very long time. Press play to go on watching."""

    code = "session_too_long"


class StreamsExceeded(Conflict):
    """All streams of your plan are in use. Stop one of them, or take one over with `takeover`."""

    code = "streams_exceeded"
    retryable = True


# By the gate that speaks it. The last is asked of a play that goes on, not of one that starts.
CODES: dict[str, tuple[type[Problem], ...]] = {
    "account": (AccountSuspended, AccountClosed, SignedOut),
    "profile": (ProfileNotAllowed,),
    "plan": (NoPlan, PlanEnded),
    "height": (HeightNotInPlan,),
    "title": (TitleNotPublished, TitleNotReady),
    "region": (NotInRegion,),
    "window": (WindowNotOpen, WindowClosed),
    "maturity": (MaturityExceeded,),
    "device": (DeviceRemoved, DeviceNotAllowed),
    "slot": (StreamsExceeded,),
    "session": (SessionTooLong,),
}
REFUSALS = {kind.code: kind for kinds in CODES.values() for kind in kinds}
GATE_OF = {kind.code: gate for gate, kinds in CODES.items() for kind in kinds}

# How else a stream may have ended, and what its player says.
ENDED = {
    "stopped": "This stream was stopped. Press play to start it again.",
    "ended": "This was played to its end. Press play to watch it again.",
    "expired": "Nothing was heard of this player for a while, so its stream was given up. Press play to go on.",
    "taken_over": "This stream was taken over by another device. Press play to start it again.",
    "replaced": "Something else was started in this player's place. Press play to go back to this.",
    "revoked": "This stream was stopped from another device. Press play to start it again.",
}

_PASSED: dict[str, dict[str, Any]] = {gate: {"gate": gate, "ok": True} for gate in GATES}
_DETAILS = {code: kind().detail for code, kind in REFUSALS.items()}


def decision(codes: Mapping[str, str | None], *, max_height: int | None) -> dict[str, Any]:
    """Return every gate's verdict in order; `codes` holds the refusals by gate, `max_height` in pixels."""
    gates = [
        {"gate": gate, "ok": False, "code": code, "detail": _DETAILS[code]}
        if (code := codes.get(gate))
        else _PASSED[gate]
        for gate in GATES
    ]
    return {"allowed": not any(codes.values()), "gates": gates, "max_height": max_height}


def why_ended(reason: str) -> tuple[str, str | None]:
    """Return the sentence for a player whose stream ended for `reason`, and the gate that ended it, if one did."""
    if gate := GATE_OF.get(reason):
        return _DETAILS[reason], gate
    return ENDED.get(reason, ENDED["stopped"]), None


def first_refusal(codes: Mapping[str, str | None]) -> str | None:
    """Return the code of the first gate that is closed, in the order of `GATES`."""
    return next((code for gate in GATES if (code := codes.get(gate))), None)


def cap(heights: Sequence[int], plan: int, device: int | None) -> int | None:
    """Return the greatest rendition height a player may use.

    The plan's limit is strict. A device that asks for less than the smallest rendition gets the smallest one.
    None where no rendition fits the plan.
    """
    allowed = [height for height in heights if height <= plan]
    if not allowed:
        return plan if not heights and plan else None
    fitting = [height for height in allowed if device is None or height <= device]
    return max(fitting) if fitting else min(allowed)
