"""What passing through the gateway costs, token check and limits included: beside nginx proxy_pass and no proxy at all."""

import json
import tempfile
from pathlib import Path

from bench.load import Target, interleaved, ratio, run, table
from bench.processes import nginx, python
from libs.chassis.ids import new_id
from libs.chassis.security.tokens import Signer, new_private_key
from libs.contracts.token import Principal

GOAL = 0.55


def main() -> None:
    signer = Signer(new_private_key())
    token = signer.issue(Principal(account_id=new_id(), session_id=new_id()), ttl=3600)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "bench"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = folder / "jwks.json"
        keys.write_text(json.dumps(signer.jwks()))
        with python("bench.hello", {}) as hello:
            upstream = f"upstream hello {{ server 127.0.0.1:{hello}; keepalive 64; }}"
            forward = 'location / { proxy_pass http://hello; proxy_http_version 1.1; proxy_set_header Connection ""; }'
            settings = {
                "BIJOU_SERVICES": json.dumps({"identity": f"http://127.0.0.1:{hello}"}),
                "BIJOU_JWKS_CACHE": str(keys),
                "BIJOU_LIMIT_ADDRESS": str(10**9),
                "BIJOU_LIMIT_ACCOUNT": str(10**9),
                "BIJOU_LOG_LEVEL": "warning",
            }
            with (
                nginx(folder / "forward", forward, upstream) as proxy,
                nginx(folder / "fixed", 'location / { default_type application/json; return 200 "{}"; }') as fixed,
                python("gateway.main", settings) as gateway,
            ):
                targets = {
                    "direct": Target(hello, "/api/v1/me", headers),
                    "nginx proxy_pass": Target(proxy, "/api/v1/me", headers),
                    "gateway": Target(gateway, "/api/v1/me", headers),
                }
                limit = run(Target(fixed, "/", headers), seconds=1.5)
                results = interleaved(targets)
    table(results, "direct")
    print(f"{'(this client, at most)':<26}{limit.rate:>12.0f}{limit.p50:>10.2f}{limit.p99:>10.2f}")
    passed = ratio(results, "gateway", "nginx proxy_pass")
    print(f"\ngateway beside nginx proxy_pass: {passed:.2f} (goal: at least {GOAL})")
    print(f"RESULT gateway_passthrough_vs_nginx={passed:.3f}")
    print(f"RESULT gateway_passthrough_vs_direct={ratio(results, 'gateway', 'direct'):.3f}")


if __name__ == "__main__":
    main()
