"""A launcher of two services and a worker that are written by a test. Run as a module, with their place in PYTHONPATH."""

import os
import sys
from functools import partial
from pathlib import Path

from deploy.deployable import Service
from deploy.local.data import Data
from deploy.local.dev import DevLaunch

FILES = {
    "__init__.py": "",
    "greeting.py": 'TEXT = "first"\n',
    "main.py": """\
import os
from tests.local import fakes
from {package}.greeting import TEXT

def serve() -> None:
    os.environ["BIJOU_GREETING"] = TEXT
    fakes.serve()
""",
}
# Their greetings are loaded in the launcher before it forks.
SERVICES = (
    Service("one", owns="a greeting", package="sample.one", entry="sample.one.main:serve", port=18911,
            libraries=("sample.one.greeting",)),
    Service("one-worker", owns="work", package="sample.one", entry="tests.local.fakes:idle"),
    Service("gateway", owns="the door", package="sample.gateway", entry="sample.gateway.main:serve", port=18912),
)  # fmt: skip


def write(source: Path) -> None:
    for package in {service.package for service in SERVICES}:
        folder = source / package.replace(".", "/")
        folder.mkdir(parents=True)
        for name, text in FILES.items():
            (folder / name).write_text(text.replace("{package}", package))


if __name__ == "__main__":
    data, source = Data(Path(sys.argv[1])), Path(os.environ["PYTHONPATH"])
    tell = partial(print, flush=True)
    sys.exit(DevLaunch(data, demo=False, services=SERVICES, source=source, web=None, tell=tell).run())
