"""Builds the file tree of an image by the steps of the Dockerfile, without an engine, and runs programs from it.

COPY is done as an engine does it, of what Dockerfile.dockerignore lets through; packages are installed by the script that the
Dockerfile runs. What only an engine can do (another image's packages, npm) is left out; a step that is none of these is refused.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy/images/Dockerfile"
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "README.md", "node_modules", "dist")
ENGINES_OWN = ("apt-get ", "npm ")


class UnknownStep(Exception):
    """A step of the Dockerfile that nobody here knows how to do."""


@dataclass
class Image:
    """What a target of the Dockerfile says of its image, and its files below `root`."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = ""
    command: list[str] = field(default_factory=list)
    health: list[str] | None = None
    stop_signal: str = "SIGTERM"

    def inside(self, path: str) -> Path:
        """A path of the image as one of this machine."""
        return self.root / path.lstrip("/")

    def path(self, text: str) -> str:
        """Text with the image's folders as folders of this machine."""
        for top in ("/app", "/packages", "/var/lib/bijou"):
            text = ":".join(
                str(self.inside(part)) if part == top or part.startswith(top + "/") else part
                for part in text.split(":")
            )
        return text

    def program(self, command: list[str]) -> list[str]:
        """A command with a Python that knows nothing but what it is told: no environment of this checkout."""
        if command[0] in ("python", "python3"):
            return [BASE_PYTHON, "-S", *command[1:]]
        return command

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {name: self.path(value) for name, value in self.environment.items()}
        return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **own, **{k: self.path(v) for k, v in more.items()}}

    def run(self, command: list[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            as_nobody(self.program(command)), cwd=self.inside(self.folder), env=self.variables(variables),
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    @contextmanager
    def running(self, variables: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """The image's own command, as the user of its own that cannot write into the tree."""
        with log.open("wb") as said:
            if os.geteuid() == 0:
                # An engine gives its pipes to the container's user, too.
                os.fchown(said.fileno(), 10001, 10001)
            process = subprocess.Popen(
                as_nobody(self.program(self.command)), cwd=self.inside(self.folder), env=self.variables(variables),
                stdout=said, stderr=said,
            )  # fmt: skip
            try:
                yield process
            finally:
                process.kill()
                process.wait()


def as_nobody(command: list[str]) -> list[str]:
    """As the user of the images, who may read everything and write nothing; root's rights are left behind."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return command
    reads = "dac_read_search"  # the checkout's Python may lie below a closed folder
    rights = [f"--inh-caps=-all,+{reads}", f"--ambient-caps=-all,+{reads}", f"--bounding-set=-all,+{reads}"]
    return ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", *rights, *command]


class Builder:
    """Does the Dockerfile's steps, each stage once, below one folder."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._stages = stages(DOCKERFILE.read_text())
        self._done: dict[str, Image] = {}

    @property
    def targets(self) -> list[str]:
        return list(self._stages)

    def image(self, target: str) -> Image:
        """Return the image of a target, built where it is not yet."""
        if target not in self._done:
            base, steps = self._stages[target]
            root = self._place / target
            if base in self._stages:
                from_ = self.image(base)
                shutil.copytree(from_.root, root, symlinks=True, copy_function=os.link)
                image = Image(root, dict(from_.environment), from_.folder, from_.user, from_.command, from_.health)
            else:
                root.mkdir()
                image = Image(root)
            for instruction, rest in steps:
                self._step(image, instruction, rest)
            self._done[target] = image
        return self._done[target]

    def _step(self, image: Image, instruction: str, rest: str) -> None:
        match instruction:
            case "COPY":
                self._copy(image, rest)
            case "RUN":
                self._run(image, rest)
            case "ENV":
                image.environment |= dict(word.split("=", 1) for word in shlex.split(rest))
            case "WORKDIR":
                image.folder = rest
                image.inside(rest).mkdir(parents=True, exist_ok=True)
            case "USER":
                image.user = rest
            case "CMD" | "ENTRYPOINT":
                image.command = json.loads(rest)
            case "HEALTHCHECK":
                image.health = None if rest == "NONE" else json.loads(rest.partition("CMD ")[2])
            case "STOPSIGNAL":
                image.stop_signal = rest
            case "EXPOSE":
                pass
            case _:
                raise UnknownStep(f"{instruction} {rest}")

    def _copy(self, image: Image, rest: str) -> None:
        *sources, target = rest.split()
        if sources[0] == "--from=web":
            return
        if sources[0].startswith("--from="):
            there = self.image(sources.pop(0).removeprefix("--from="))
            sources = [str(there.inside(source)) for source in sources]
        into = image.inside(target if target.startswith("/") else f"{image.folder}/{target}")
        for source in sources:
            found = ROOT / source
            to = into / found.name if target.endswith("/") and found.is_file() else into
            if found.is_dir():
                shutil.copytree(
                    found, to, ignore=LEFT_OUT, copy_function=shutil.copy2, dirs_exist_ok=True, symlinks=True
                )
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, to / found.name if to.is_dir() else to)

    def _run(self, image: Image, rest: str) -> None:
        words = rest.split()
        if rest.startswith(ENGINES_OWN):
            return
        if words[:2] == ["install", "--directory"]:
            for folder in words[4:]:
                image.inside(folder).mkdir(parents=True, exist_ok=True)
            return
        if words[:2] == ["sh", "packages/install.sh"]:
            # The packages come from the same lock; compiling them is only for the first start of a container.
            environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
            command = ["sh", *words[1:-1], str(image.inside(words[-1]))]
            done = subprocess.run(
                command, cwd=image.inside(image.folder), env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            return
        if "compileall" in words:
            return
        raise UnknownStep(f"RUN {rest}")


def stages(text: str) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """Each stage of a Dockerfile: what it stands on, and its instructions."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    name = ""
    for line in text.replace("\\\n", " ").splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if not instruction or instruction.startswith("#") or instruction == "ARG":
            continue
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = (base, [])
        else:
            found[name][1].append((instruction, rest.strip()))
    return found


def size(path: Path) -> int:
    """The bytes of all files below a folder, those with two names once."""
    files: dict[int, int] = {}
    for place in path.rglob("*"):
        if place.is_file() and not place.is_symlink():
            info = place.stat()
            files[info.st_ino] = info.st_size
    return sum(files.values())
