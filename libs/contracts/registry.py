"""Every event and topic of the platform. Importing this imports all contract files beside it; nobody lists them."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import libs.contracts
from libs.contracts.envelope import DECLARED, Event, Topic

for _found in pkgutil.iter_modules(libs.contracts.__path__, "libs.contracts."):
    import_module(_found.name)

EVENTS: dict[str, type[Event]] = dict(sorted(DECLARED.items()))
TOPICS: dict[str, Topic] = {kind.TOPIC.name: kind.TOPIC for kind in EVENTS.values()}
