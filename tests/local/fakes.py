"""Two tiny programs and a platform made of them, to try the supervisor on. Run as a module it is the launcher."""

import http.server
import os
import sys
import threading
from pathlib import Path

from deploy.local.data import Data
from deploy.local.launch import Launch
from deploy.local.platform import Part, Surroundings


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


def told(_: Surroundings) -> dict[str, str]:
    return {"BIJOU_GREETING": "hello"}


PARTS = (
    Part("thing", "tests.local.fakes:serve", 18901, package="tests.local.migrated", told=told),
    Part("gateway", "tests.local.fakes:serve", 18902),
    Part("thing-worker", "tests.local.fakes:idle", part_of="thing"),
)


if __name__ == "__main__":
    sys.exit(Launch(Data(Path(sys.argv[1])), demo=False, parts=PARTS).run())
