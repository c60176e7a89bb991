"""The Dockerfile, made from the table of the platform: a target for each deployable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from deploy.containers import HOME, USER, VOLUMES, Deployable, command, folders, health_command, volumes
from deploy.deployable import Service
from deploy.images.packages import HOUSE
from deploy.topology import EDGE, SERVICES

PATH = "deploy/images/Dockerfile"
# Python as in the tests: the lock was resolved for it.
PYTHON = "python:3.11-slim-trixie"
NODE = "node:24-trixie-slim"
NGINX = "nginx:1.31-trixie"

HEAD = """\
# syntax=docker/dockerfile:1
# Made from deploy/topology.py by `make generate` (deploy/images/dockerfile.py): a target for each deployable.
# From the top of the repository: docker build -f deploy/images/Dockerfile --target gateway -t bijou/gateway .
ARG PYTHON={python}
ARG NODE={node}
ARG NGINX={nginx}

# ---- packages: at the versions and hashes of the lock, each part's own beside those of all ----
FROM ${{PYTHON}} AS packages
ENV UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 UV_LINK_MODE=copy
WORKDIR /build
COPY requirements.lock ./
COPY deploy/images/install.sh deploy/images/packages/ ./packages/
RUN sh packages/install.sh {house} /packages/house
{own}
# ---- the house: what every part stands on ----
FROM ${{PYTHON}} AS house
ENV PYTHONPATH={home}:/packages/own:/packages/house PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN install --directory --owner {user} {volumes}
COPY --from=packages /packages/house /packages/house
WORKDIR {home}
COPY libs libs
RUN python -m compileall -q --invalidation-mode unchecked-hash libs
STOPSIGNAL SIGTERM
"""

PART = """\
FROM {base} AS {name}
{packages}{copies}
RUN python -m compileall -q --invalidation-mode unchecked-hash {folder}
USER {user}
{health}CMD {command}
"""

WORKER = """\
FROM {base} AS {name}
HEALTHCHECK NONE
CMD {command}
"""

FRONT = """\
# ---- the edge: nginx with njs, and the web app in it ----
FROM ${{NODE}} AS web
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM ${{NGINX}} AS edge
# It renders the configuration from what the edge is told, by the standard library alone.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* \\
    && install --directory --owner {user} /run/edge /var/cache/edge
WORKDIR {home}
{copies}
COPY --from=web /web/dist web
RUN python3 -m compileall -q --invalidation-mode unchecked-hash deploy
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 BIJOU_WEB_DIST={home}/web \\
    BIJOU_NGINX=/usr/sbin/nginx BIJOU_NJS_MODULE=/usr/lib/nginx/modules/ngx_http_js_module.so
USER {user}
STOPSIGNAL SIGQUIT
EXPOSE {port}
HEALTHCHECK {timing} CMD {health}
ENTRYPOINT ["python3", "-m", "deploy.edge.main"]
"""

TIMING = "--interval=10s --timeout=5s --retries=3 --start-period=60s --start-interval=1s"


def dockerfile(packages: Mapping[str, Sequence[str]]) -> str:
    """The whole file; `packages` says which parts have packages of their own."""
    own = "".join(
        f"\nFROM packages AS {name}-packages\nRUN sh packages/install.sh {name} /packages/own\n"
        for name, names in packages.items()
        if names and name != HOUSE
    )
    head = HEAD.format(
        python=PYTHON, node=NODE, nginx=NGINX, house=HOUSE, own=own, home=HOME, user=USER,
        volumes=" ".join([VOLUMES, *_volume_folders()]),
    )  # fmt: skip
    parts = [_part(service, bool(packages.get(service.name))) for service in SERVICES]
    return "\n".join([head, "# ---- the parts ----", *parts, _edge()])


def _volume_folders() -> list[str]:
    return list(dict.fromkeys(f"{VOLUMES}/{name}" for service in SERVICES for name in volumes(service)))


def _part(service: Service, has_packages: bool) -> str:
    if service.shares:
        return WORKER.format(base=service.shares, name=service.name, command=json.dumps(command(service)))
    health = health_command(service)
    return PART.format(
        base="house",
        name=service.name,
        packages=f"COPY --from={service.name}-packages /packages/own /packages/own\n" if has_packages else "",
        copies=_copies(service),
        folder=folders(service)[-1],
        user=USER,
        health=f"EXPOSE {service.port}\nHEALTHCHECK {TIMING} CMD {json.dumps(health)}\n" if health else "",
        command=json.dumps(command(service)),
    )


def _edge() -> str:
    return FRONT.format(
        home=HOME,
        user=USER,
        copies=_copies(EDGE),
        port=EDGE.port,
        timing=TIMING,
        health=json.dumps(health_command(EDGE)),
    )


def _copies(each: Deployable) -> str:
    return "\n".join(f"COPY {path} {path}" for path in folders(each))
