"""In front of a bucket: one copy for all grants, signed reads, and films that outlive their origin."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from deploy.edge.render import render
from deploy.edge.settings import EdgeSettings, S3Store
from tests.edge import nginx, upstream
from tests.edge.nginx import ASSET, SESSION, sign

SEGMENT = bytes(range(256)) * 1000
KEY = f"/films/bijou/media/{ASSET}/run1/v1080/00001.m4s"


def settings_for(bucket: upstream.Upstream, tmp_path: Path, **store: Any) -> EdgeSettings:
    return EdgeSettings(
        public_port=nginx.free_port(),
        gateway=f"127.0.0.1:{nginx.free_port()}",
        store=S3Store(f"http://127.0.0.1:{bucket.port}", bucket="films", prefix="bijou", **store),
        web_dist=nginx.web_app(tmp_path / "web"),
        run_dir=tmp_path / "run",
        cache_dir=tmp_path / "cache",
        grant_secrets=(nginx.SECRET,),
        workers=1,
        user=nginx.run_as(),
    )


def test_fifty_cold_viewers_cost_one_read(tmp_path: Path) -> None:
    with (
        upstream.running(upstream.Upstream(objects={KEY: SEGMENT}, delay=0.3)) as bucket,
        nginx.running(settings_for(bucket, tmp_path)) as edge,
        ThreadPoolExecutor(50) as viewers,
    ):
        grants = [sign(session=str(uuid4())) for _ in range(50)]
        answers = list(viewers.map(lambda g: edge.get(f"/media/{g}/{ASSET}/run1/v1080/00001.m4s"), grants))

    assert {(a.status, a.body == SEGMENT) for a in answers} == {(200, True)}
    assert len(bucket.seen) == 1


def test_a_film_outlives_its_origin(tmp_path: Path) -> None:
    with upstream.running(upstream.Upstream(objects={KEY: SEGMENT})) as bucket:
        settings = settings_for(bucket, tmp_path)
        with nginx.running(settings) as edge:
            first = edge.get(edge.media(f"{ASSET}/run1/v1080/00001.m4s"))
    with nginx.running(replace(settings, public_port=nginx.free_port())) as edge:
        path = f"{ASSET}/run1/v1080/00001.m4s"
        alive = edge.get(edge.media(path))
        partial = edge.get(edge.media(path), {"Range": "bytes=10-19"})
        never_read = edge.get(edge.media(f"{ASSET}/run1/v1080/00002.m4s"))
        without = edge.get(f"/media/none/{path}")

    assert first.body == alive.body == SEGMENT
    assert (partial.status, partial.body) == (206, SEGMENT[10:20])
    assert (never_read.status, never_read.body) == (502, b"")
    assert (without.status, without.body) == (403, b"")


def test_a_cold_range_is_partial_too(tmp_path: Path) -> None:
    with (
        upstream.running(upstream.Upstream(objects={KEY: SEGMENT})) as bucket,
        nginx.running(settings_for(bucket, tmp_path)) as edge,
    ):
        answer = edge.get(edge.media(f"{ASSET}/run1/v1080/00001.m4s"), {"Range": "bytes=256-511"})

    assert (answer.status, answer.body) == (206, bytes(range(256)))


def test_nothing_of_the_client_reaches_the_bucket_nor_its_errors_the_client(tmp_path: Path) -> None:
    with (
        upstream.running(upstream.Upstream(objects={KEY: SEGMENT})) as bucket,
        nginx.running(settings_for(bucket, tmp_path)) as edge,
    ):
        path = edge.media(f"{ASSET}/run1/v1080/00001.m4s")
        lies = {"Cookie": "a=b", "Authorization": "Bearer viewer", "Host": "evil.example", "X-Amz-Acl": "public"}
        answer = edge.get(path + "?versionId=1&acl", lies)
        missing = edge.get(edge.media(f"{ASSET}/run1/none.m4s"))

    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    seen = bucket.seen[0]
    assert seen.path == KEY
    assert set(seen.headers) == {"host"}
    assert (missing.status, missing.body) == (404, b"")


def test_a_stranger_cannot_warm_or_read_the_cache(tmp_path: Path) -> None:
    with (
        upstream.running(upstream.Upstream(objects={KEY: SEGMENT})) as bucket,
        nginx.running(settings_for(bucket, tmp_path)) as edge,
    ):
        edge.get(edge.media(f"{ASSET}/run1/v1080/00001.m4s"))
        forged = f"4102444800~{ASSET}~{SESSION}~{'0' * 64}"
        refused = edge.get(f"/media/{forged}/{ASSET}/run1/v1080/00001.m4s")
        edge.get(f"/media/{forged}/{ASSET}/run1/v1080/00002.m4s")

    assert (refused.status, refused.body) == (403, b"")
    assert len(bucket.seen) == 1


def test_reads_of_a_private_bucket_are_signed_as_boto_signs_them(tmp_path: Path) -> None:
    with (
        upstream.running(upstream.Upstream(objects={KEY: SEGMENT})) as bucket,
        nginx.running(settings_for(bucket, tmp_path, key_id="AKID", secret="sec/ret+=", region="eu-west-3")) as edge,
    ):
        edge.get(edge.media(f"{ASSET}/run1/v1080/00001.m4s"))

    headers = bucket.seen[0].headers
    assert re.fullmatch(r"\d{8}T\d{6}Z", headers["x-amz-date"])
    request = AWSRequest("GET", f"http://{headers['host']}{KEY}", headers={"Host": headers["host"]})
    request.context["timestamp"] = headers["x-amz-date"]
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    boto = S3SigV4Auth(Credentials("AKID", "sec/ret+="), "s3", "eu-west-3")
    expected = boto.signature(boto.string_to_sign(request, boto.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={expected}")


def test_a_bucket_needs_a_cache_folder(tmp_path: Path) -> None:
    settings = settings_for(upstream.Upstream(port=9), tmp_path)

    with pytest.raises(ValueError, match="cache_dir"):
        render(replace(settings, cache_dir=None))
