"""Everything the edge can be told: ports, where the store is, the grant's keys, where files go."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DirectoryStore:
    """The object store is a folder on this machine; nginx serves it without a hop."""

    path: Path


@dataclass(frozen=True, slots=True)
class S3Store:
    """The object store is a bucket, read by path-style addresses and cached at the edge.

    Without `key_id` the bucket is read anonymously. `endpoint` is `http(s)://host[:port]`, `address` the `host:port` to
    connect to where that is not the endpoint's own.
    """

    endpoint: str
    bucket: str
    prefix: str = ""
    region: str = "us-east-1"
    key_id: str | None = None
    secret: str | None = None
    address: str = ""
    cache_size: str = "10g"
    ca_file: Path = Path("/etc/ssl/certs/ca-certificates.crt")


def grant_secrets(held: str) -> tuple[str, ...]:
    """Return the grant's keys of `NEW@<since>,OLD`, as the secret is while it is being changed; one by itself otherwise.

    Since when the new one is there tells playback when to sign with it; the edge takes both from the first moment.
    """
    return tuple(secret.partition("@")[0] for secret in held.strip().split(","))


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """One edge.

    `grant_secrets` is the current key first; a previous one after it keeps running films alive through a rotation.
    `run_dir` takes the pid file and temporary bodies; `log_dir` None means standard error and no access log but in
    `access_log_file`.
    `njs_module` is the dynamic module's path where nginx has not compiled njs in. `user` is given only when started
    as root, as `name` or `name group`. `trusted_proxies` are networks whose X-Forwarded-For names the client.
    `playback` is playback's own `host:port`, which tells the edge which sessions have ended; it is asked directly, never
    through a public door. `resolver` (a name server's address) is needed where that host is a name; with it the
    names of the gateway and the bucket, which it must know whole, are asked for again and again (nginx 1.27.3 or newer), else
    once at the start.
    `media_origins` are further origins that the web app may fetch media from (other edges, a CDN).
    """

    public_port: int
    gateway: str
    store: DirectoryStore | S3Store
    web_dist: Path
    run_dir: Path
    grant_secrets: tuple[str, ...]
    host: str = "127.0.0.1"
    cache_dir: Path | None = None
    log_dir: Path | None = None
    access_log: bool = True
    access_log_file: Path | None = None
    njs_module: Path | None = None
    workers: int | str = "auto"
    user: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    media_origins: tuple[str, ...] = ()
    playback: str | None = None
    resolver: str | None = None
