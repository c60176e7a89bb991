"""What is on this machine: secrets, room on disks, programs and their versions, ports, and how the parts fare."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy.local import ports, status
from deploy.local.data import Data
from deploy.local.nodes import nginx, postgres, tansu
from deploy.local.nodes.base import NodeFailed, NotReady, ask
from deploy.operations.doctor.findings import Check, Finding
from libs.chassis.settings import PLACEHOLDERS
from pipelines.transcode.media.tools import installed
from services.identity.settings import split_pem
from services.playback.grants import parted

# Shorter secrets can be guessed by who has a copy of what they sign.
SHORTEST = 16
# Less than the first is a problem, less than the second a warning; of the whole disk, and in bytes.
FULL, NEARLY = (0.03, 1_000_000_000), (0.10, 10_000_000_000)
# The edge reads manifests and the list of ended sessions with what these brought.
NGINX, NJS, PYTHON = (1, 27, 3), (0, 8, 5), (3, 11)


def checks(data: Data) -> list[Check]:
    """Return the checks of a data directory and of the machine that it is on."""
    return [
        Check("secrets' permissions", lambda: permissions(secret_files(data))),
        Check("secrets' strength", lambda: strength(named(data), keys(data))),
        Check("room on the disk", lambda: room([data.root, data.store, *data.volumes()])),
        Check("programs", lambda: programs(data)),
        Check("ports", lambda: free_ports(data)),
        Check("parts", lambda: parts(data)),
    ]


def contained_checks(folder: Path) -> list[Check]:
    """Return the checks of a folder of containers' secrets."""
    memory = folder / "secrets.json"
    known = json.loads(memory.read_text()) if memory.is_file() else {}
    texts = {**known.get("named", {}), **known.get("databases", {}), **known.get("servers", {})}
    # Containers run as users of their own and read the files; the folder is what keeps others out.
    return [
        Check("secrets' permissions", lambda: permissions([folder, *([memory] if memory.is_file() else [])])),
        Check("secrets' strength", lambda: strength(texts, [known["keys"]["signing_key"]] if "keys" in known else [])),
        Check("room on the disk", lambda: room([folder])),
    ]


def secret_files(data: Data) -> list[Path]:
    """Everything below a data directory that holds a secret."""
    told = [path for path in (data.root / "secrets").rglob("*") if path.is_file()]
    found = (data.root / "secrets.json", *data.private_keys(), data.edge / "nginx.conf", *told)
    return [path for path in found if path.exists()]


def named(data: Data) -> dict[str, str]:
    """The secrets of a data directory by their names."""
    known = json.loads((data.root / "secrets.json").read_text())
    return {name: text for name, text in {**known, **known.get("databases", {})}.items() if isinstance(text, str)}


def keys(data: Data) -> list[str]:
    return [path.read_text() for path in data.private_keys() if path.exists()]


def permissions(paths: Iterable[Path]) -> Iterator[Finding]:
    """Yield the files that somebody else may read."""
    for path in paths:
        if path.stat().st_mode & 0o077:
            yield Finding(
                f"Others on this machine may read {path}.",
                "Who reads it can sign in as anybody, or read every film.",
                f"chmod {'700' if path.is_dir() else '600'} {path}, and where somebody may have read it: bijou keys rotate.",
            )


def strength(texts: Mapping[str, str], pems: Iterable[str]) -> Iterator[Finding]:
    """Yield secrets that can be guessed, that two share, and keys that sign nothing."""
    seen: dict[str, str] = {}
    for name, text in texts.items():
        for secret in parted(text)[0]:
            if len(secret) < SHORTEST or secret.lower().startswith(PLACEHOLDERS):
                yield Finding(
                    f"The secret {name} is a placeholder or shorter than {SHORTEST} characters.",
                    "It can be guessed.",
                    "bijou keys rotate"
                    if name == "grant"
                    else "Take it out of secrets.json and start again: a new one is made.",
                )
            if secret in seen:
                yield Finding(
                    f"The secrets {seen[secret]} and {name} are the same.",
                    "Who is told one has the other.",
                    f"Take {name} out of secrets.json and start again: a new one is made.",
                )
            seen[secret] = name
    for pem in pems:
        yield from _key(pem)


def _key(pem: str) -> Iterator[Finding]:
    blocks = split_pem(pem)
    try:
        good = bool(blocks) and all(_on_p256(block) for block in blocks)
    except ValueError:
        good = False
    if not good:
        yield Finding(
            "The key that signs tokens is none on the curve P-256.",
            "Nobody can sign in.",
            "Restore it from a copy. Without one: move the file away and start again, which signs everybody out once.",
        )


def _on_p256(block: str) -> bool:
    key = load_pem_private_key(block.encode(), password=None)
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def room(paths: Iterable[Path]) -> Iterator[Finding]:
    """Yield disks that are full or nearly so; each disk once."""
    disks = {path.stat().st_dev: path for path in paths if path.exists()}
    for path in disks.values():
        usage = shutil.disk_usage(path)
        for level, (share, size) in (("problem", FULL), ("warning", NEARLY)):
            if usage.free < size and usage.free < share * usage.total:
                yield Finding(
                    f"The disk of {path} has {usage.free / 1e9:.1f} GB of {usage.total / 1e9:.0f} GB left.",
                    "On a full disk PostgreSQL stops, and uploads are refused.",
                    "Make room, or more of it: docs/runbooks/local.md says what grows.",
                    "problem" if level == "problem" else "warning",
                )
                break


def programs(data: Data) -> Iterator[Finding]:
    """Yield programs that are missing, too old, or not of the version that wrote the data."""
    install = "make install, which brings what the lock names."
    if sys.version_info < PYTHON:
        yield Finding(
            f"Python is {sys.version.split()[0]}.", "The services need 3.11 or newer.", "Install a newer Python."
        )
    asked: dict[str, Callable[[], list[str]]] = {
        "postgres": lambda: [str(postgres.binaries() / "postgres"), "--version"],
        "nginx": lambda: [str(nginx.binary()), "-V"],
        "tansu": lambda: [str(tansu.server_binary(data.log / "tansu.program")), "--version"],
        "packager": lambda: [installed().packager, "--version"],
        "ffmpeg": lambda: [installed().ffmpeg, "-version"],
    }
    said: dict[str, str] = {}
    for name, command in asked.items():
        try:
            done = subprocess.run(command(), capture_output=True, text=True, timeout=5, check=False)
            said[name] = done.stdout + done.stderr
        except (NodeFailed, OSError, ImportError, subprocess.TimeoutExpired) as error:
            yield Finding(f"{name} does not run: {error}", "A part of the platform cannot start.", install)
    yield from versions(said, data.postgres / "PG_VERSION", install)


def versions(said: Mapping[str, str], written_by: Path, install: str) -> Iterator[Finding]:
    """Yield versions that do not go with what is there."""
    for name, pattern, least in (("nginx", r"nginx/([\d.]+)", NGINX), ("njs", r"njs[/-](?:[a-z]+-)?([\d.]+)", NJS)):
        found = re.search(pattern, said.get("nginx", ""))
        if found and tuple(map(int, found[1].split("."))) < least:
            wanted = ".".join(map(str, least))
            yield Finding(
                f"{name} is {found[1]}; {wanted} is needed.", "The edge cannot check grants as it must.", install
            )
    server = re.search(r"(\d+)(?:\.\d+|beta|rc)", said.get("postgres", ""))
    if server and written_by.exists() and written_by.read_text().strip() != server[1]:
        yield Finding(
            f"The databases were written by PostgreSQL {written_by.read_text().strip()}; PostgreSQL {server[1]} is installed.",
            "It cannot start on them.",
            "With the version before: bijou backup FOLDER; with this one: bijou restore FOLDER --replace.",
        )


def free_ports(data: Data) -> Iterator[Finding]:
    """Yield the ports that another program has, while the platform does not run."""
    if data.launcher() is not None:
        return
    taken = {name: port for name, port in data.known_ports().items() if not ports.is_free(port)}
    for name, port in taken.items():
        yield Finding(
            f"Port {port}, which {name} had, is in use by another program.",
            "The next start chooses another one; for the public one that is another address for everybody.",
            "Stop what uses it (ss -ltnp), or let it be: `make up` says the new address.",
            "warning",
        )


def parts(data: Data) -> Iterator[Finding]:
    """Yield the parts that do not run, and those that say that something of theirs does not work."""
    state = status.read(data)
    if state is None:
        return
    for part in state["parts"]:
        name = part["name"]
        if part["state"] in ("restarting", "failed"):
            yield Finding(
                f"{name} ended by itself: {part['trouble'] or 'it said nothing'}",
                "It does nothing.",
                f"make logs PARTS={name}",
            )
        elif part["port"] and name not in ("postgres", "valkey", "tansu", "nginx", "vite"):
            yield from _components(name, int(part["port"]))


def _components(name: str, port: int) -> Iterator[Finding]:
    try:
        found = _readyz(port)
    except (NotReady, OSError, ValueError) as error:
        yield Finding(f"{name} is not ready: {str(error)[:300]}", "It answers nothing.", f"make logs PARTS={name}")
        return
    for component, state in found.items():
        if state != "ok":
            yield Finding(
                f"{name}: {component}: {state}",
                "What that is there for is not done.",
                f"make logs PARTS={name}",
                "warning",
            )


def _readyz(port: int) -> dict[str, str]:
    import urllib.request

    ask(port, "/readyz")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
        found: dict[str, str] = json.loads(answer.read())["components"]
        return found
