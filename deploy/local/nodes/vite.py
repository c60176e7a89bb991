"""Vite's development server: the web app as it is being written, in front of the platform's API and media."""

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.local.nodes.base import Node, ask
from deploy.local.web import node_home


class Vite(Node):
    """Answers for the app in `web`, and passes everything else on to `public_url` (web/vite.config.ts says what)."""

    name = "vite"

    def __init__(self, web: Path, host: str, port: int, public_url: str, log_file: Path) -> None:
        super().__init__(log_file)
        self.port: int = port
        self._web = web
        self._host = host
        self._public_url = public_url

    def command(self) -> list[str]:
        vite = self._web / "node_modules" / "vite" / "bin" / "vite.js"
        options = [f"--host={self._host}", f"--port={self.port}", "--strictPort", "--clearScreen=false"]
        return [str(node_home() / "bin" / "node"), str(vite), str(self._web), *options]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "BIJOU_PUBLIC_URL": self._public_url}

    def check(self) -> None:
        ask(self.port, "/")
