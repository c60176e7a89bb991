"""Two tiny programs and a platform made of them, to try the supervisor on. Run as a module it is the launcher."""

import http.server
import os
import sys
import threading
from pathlib import Path

from deploy.deployable import Service
from deploy.local.data import Data
from deploy.local.launch import Launch
from deploy.topology import POSTGRES


class Handler(http.server.BaseHTTPRequestHandler):
    """Ready at once; tells its pid and one of its settings."""

    def do_GET(self) -> None:
        body = f"{os.getpid()} {os.environ.get('BIJOU_GREETING', '')} {'BIJOU_GRANT_SECRET' in os.environ}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["BIJOU_PORT"])), Handler)
    print("serving", flush=True)
    server.serve_forever()


def idle() -> None:
    """A worker without a port."""
    threading.Event().wait()


SERVE = "tests.local.fakes:serve"
SERVICES = (
    Service(
        "thing", owns="something", package="tests.local.migrated", entry=SERVE, port=18901, needs={POSTGRES},
        told={"GREETING": "hello"},
    ),
    Service("gateway", owns="the door", entry=SERVE, port=18902),
    Service("thing-worker", owns="work", entry="tests.local.fakes:idle", shares="thing", needs={POSTGRES}),
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(Launch(Data(Path(sys.argv[1])), demo=False, services=SERVICES).run())
