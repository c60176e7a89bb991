"""Everything there is to look at in one platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from deploy import topology
from deploy.operations.doctor import broker, certificates, databases, machine, objects
from deploy.operations.doctor.findings import Check, Finding
from deploy.operations.keys import KINDS, Keys, NotOurs
from deploy.operations.places import Platform
from libs.chassis.settings import ServiceSettings, WrongSettings

OLD_KEY = timedelta(days=400)


def checks(platform: Platform, now: Callable[[], datetime]) -> list[Check]:
    """Return every check of a platform. Settings are read here, one service after the other: they share the environment."""
    good: dict[str, ServiceSettings] = {}
    found: list[Check] = []
    for service in topology.SERVICES:
        try:
            good[service.name] = platform.settings(service.name)
            wrong = []
        except WrongSettings as mistakes:
            wrong = [_wrong(service.name, mistake) for mistake in mistakes.mistakes]
        found.append(Check(f"settings of {service.name}", lambda wrong=wrong: wrong))  # type: ignore[misc]
    found += databases.checks(_owned(good), now)
    if told := next((each for each in good.values() if each.kafka_bootstrap), None):
        found.append(broker.check(told))
    if "transcode" in good:
        found.append(objects.check(platform.store(), now))
    found += certificates.checks(good, now)
    if {"identity", "playback"} <= good.keys():
        found.append(Check("keys", lambda held=_keys(platform, now): held or ()))  # type: ignore[misc]
    if platform.data:
        found += machine.checks(platform.data)
    if platform.secrets:
        found += machine.contained_checks(platform.secrets)
    return found


def _wrong(name: str, mistake: str) -> Finding:
    return Finding(
        f"{name}: {mistake}",
        f"{name} does not start with it.",
        f"Mend the setting; the README of {name} says what it takes.",
    )


def _owned(settings: Mapping[str, ServiceSettings]) -> dict[str, tuple[str, str]]:
    return {
        service.name: (settings[service.name].direct_url, service.package)
        for service in topology.SERVICES
        if topology.owns_database(service) and service.name in settings
    }


def _keys(platform: Platform, now: Callable[[], datetime]) -> list[Finding]:
    try:
        keys = Keys(platform, now)
        return [finding for kind in KINDS for finding in _key(kind, keys, now())]
    except (NotOurs, OSError, ValueError, KeyError):
        return []  # kept elsewhere, or of a form that other checks tell of


def _key(kind: str, keys: Keys, now: datetime) -> Iterator[Finding]:
    key = keys.look("signing" if kind == "signing" else "grants")
    if key.over and key.over < now:
        yield Finding(
            f"The old key for {kind} may go since {key.over:%Y-%m-%d %H:%M} UTC.",
            "Whoever has a copy of it is believed for as long as it stays.",
            "bijou keys retire",
            "warning",
        )
    elif key.since and now - key.since > OLD_KEY:
        yield Finding(
            f"The key for {kind} is {(now - key.since).days} days old.",
            "The longer a key is used, the more places a copy of it may be in.",
            "bijou keys rotate, and later: bijou keys retire",
            "warning",
        )
