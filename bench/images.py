"""How large the images' files are: `python -m bench.images` builds each tree without an engine and counts bytes, in megabytes.

The base images' own files (Python, nginx) and the compiled copies of modules are not counted. `house` is shared by all parts.
"""

from __future__ import annotations

from deploy.topology import SERVICES
from tests import backends
from tests.deploy.images import Builder, size


def main() -> None:
    with backends.folder() as place:
        builder = Builder(place)
        house = size(builder.image("house").root)
        print(f"{'house':<18}{house / 1e6:8.1f}   packages of all, and libs/")
        for service in sorted(SERVICES, key=lambda each: each.name):
            image = builder.image(service.name)
            own = size(image.root) - house
            code = size(image.inside("/app")) - size(builder.image("house").inside("/app"))
            print(f"{service.name:<18}{own / 1e6:8.1f}   of it {code / 1e6:.1f} code")


if __name__ == "__main__":
    main()
