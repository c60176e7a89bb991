"""Clocks compared with this machine's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from deploy.operations.doctor.findings import Finding

# Tokens are forgiven five seconds; grants and leases none.
MOST_APART = 2.0


def apart(who: str, theirs: datetime, before: datetime, after: datetime, precision: float = 0.0) -> Iterator[Finding]:
    """Yield a finding where a clock, read between two moments of ours, is more than `MOST_APART` seconds outside of them."""
    early, late = (before - theirs).total_seconds(), (theirs - after).total_seconds()
    seconds = max(early, late) - precision
    if seconds > MOST_APART:
        yield Finding(
            f"The clock of {who} is {seconds:.0f} s {'behind' if early > 0 else 'ahead of'} this machine's.",
            "Tokens, grants and leases begin and end by clocks: people are signed out or refused too early, or too late.",
            "Have both machines follow a time server (chrony, systemd-timesyncd), and look again.",
        )
