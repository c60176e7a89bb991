"""What a grant costs the edge: 500 KB segments with the check beside the same segments from a plain nginx."""

import hashlib
import hmac
import os
import tempfile
import time
from pathlib import Path

from bench.load import Target, free_port, interleaved, ratio, table
from bench.processes import nginx, process, user
from deploy.edge import files
from deploy.edge.settings import DirectoryStore, EdgeSettings
from libs.chassis.ids import new_id

GOAL = 0.7
SEGMENT = 500_000
SECRET = "a-secret-for-the-benchmark-alone"


def grant(asset_id: str) -> str:
    text = f"{int(time.time()) + 3600}~{asset_id}~{new_id()}~1080"
    return f"{text}~{hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()}"


def main() -> None:
    asset = str(new_id())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = folder / "store" / "media" / asset / "run1"
        run.mkdir(parents=True)
        (run / "00001.m4s").write_bytes(os.urandom(SEGMENT))
        (folder / "web").mkdir()
        settings = EdgeSettings(
            public_port=free_port(),
            gateway="127.0.0.1:9",
            store=DirectoryStore(folder / "store"),
            web_dist=folder / "web",
            run_dir=folder / "edge",
            grant_secrets=(SECRET,),
            access_log=False,
            workers=1,
            user=user(),
        )
        cache = "open_file_cache max=1000; "
        with (
            nginx(folder / "plain", f"location / {{ root {folder}/store; {cache}}}") as plain,
            process(files.command(files.write(settings)), settings.public_port) as edge,
        ):
            path = f"{asset}/run1/00001.m4s"
            results = interleaved(
                {
                    "plain nginx": Target(plain, f"/media/{path}"),
                    "edge with grant": Target(edge, f"/media/{grant(asset)}/{path}"),
                }
            )
    table(results, "plain nginx")
    found = ratio(results, "edge with grant", "plain nginx")
    print(f"\na segment with a grant beside plain nginx: {found:.2f} (goal: at least {GOAL})")
    print(f"RESULT edge_grant_vs_plain={found:.3f}")


if __name__ == "__main__":
    main()
