"""Starts the servers that a benchmark compares, and stops them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.load import free_port, wait_for
from deploy.edge.files import binary

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000;
    {http}
    server {{ listen 127.0.0.1:{port} backlog=1024; {server} }}
}}
"""


def user() -> str | None:
    """Temporary folders of a run by root are open to root alone."""
    return "root" if os.geteuid() == 0 else None


@contextmanager
def process(command: list[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Runs a command until it listens on `port`; stops it at the end."""
    running = subprocess.Popen(command, env={**os.environ, **(env or {})}, stderr=subprocess.PIPE)
    try:
        wait_for(port)
        yield port
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()


@contextmanager
def python(module: str, env: Mapping[str, str]) -> Iterator[int]:
    """Runs `python -m module` with BIJOU_PORT set to a free port."""
    port = free_port()
    with process([sys.executable, "-m", module], port, {**env, "BIJOU_PORT": str(port)}):
        yield port


@contextmanager
def nginx(folder: Path, server: str, http: str = "") -> Iterator[int]:
    """Runs a plain nginx of one worker: what the measured thing is compared with."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    config = folder / "nginx.conf"
    account = f"user {user()};" if user() else ""
    config.write_text(NGINX.format(folder=folder, port=port, server=server, http=http, user=account))
    with process([str(binary()), "-p", str(folder), "-c", str(config), "-e", "stderr"], port):
        yield port
