"""The flags that code reads: what each is about, and whether it is on until staff say anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownFlag:
    """`about` as staff read it, `on` where nobody has made the flag."""

    about: str
    on: bool


HOME_ARTWORK, HOME_MOVING, HOME_TRENDING, REPORTS_LIVE = "home.artwork", "home.moving", "home.trending", "reports.live"
KNOWN = {
    HOME_ARTWORK: KnownFlag("Of titles with several posters, the one that is chosen for each profile", on=False),
    HOME_MOVING: KnownFlag("A trailer that moves at the head of the home page", on=True),
    HOME_TRENDING: KnownFlag("Rows of what is watched most lately", on=True),
    REPORTS_LIVE: KnownFlag("The report for staff that moves by itself", on=True),
}
