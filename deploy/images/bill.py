"""What each image holds, as a bill of materials in CycloneDX: `make sbom` writes one for each part into dist/sbom.

The packages are read from the lock, with their hashes; the edge's come from npm's lock and are the web app's build to say.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from deploy.images import packages
from deploy.topology import SERVICES

ROOT = packages.ROOT
TOOL = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bijou/operate/bin/cyclonedx-py"
# A line of the lock that begins a package, with its hashes below it.
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def entries(lock: str) -> dict[str, str]:
    """What the lock says of each package, by its name."""
    return {found[1]: found[0] for found in ENTRY.finditer(lock)}


def held(lists: dict[str, list[str]], name: str) -> list[str]:
    """The packages of a part's image."""
    return sorted({*lists[packages.HOUSE], *lists.get(name, ())})


def main() -> None:
    """Write them all."""
    if not TOOL.exists():
        sys.exit(f"{TOOL} is not there: tests/setup/operate.sh could not fetch it")
    into = ROOT / "dist" / "sbom"
    into.mkdir(parents=True, exist_ok=True)
    lists, known = packages.lists(), entries((ROOT / "requirements.lock").read_text())
    for service in SERVICES:
        wanted = "".join(known[name] for name in held(lists, service.shares or service.name))
        target = into / f"{service.name}.json"
        command = [str(TOOL), "requirements", "-", "--output-reproducible", "--validate", "-o", str(target)]
        subprocess.run(command, input=wanted, text=True, check=True)
        print(target.relative_to(ROOT))  # noqa: T201


if __name__ == "__main__":
    main()
