"""The edge as a program of its own, for containers: reads what it is told, writes the configuration and becomes nginx.

It needs nothing but Python's standard library, so that its image holds none of the platform's packages. What it is told is in
`BIJOU_*` variables, or in files of these names in the folder BIJOU_SECRETS_DIR, as for every service.
"""

from __future__ import annotations

import configparser
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from deploy.edge import files
from deploy.edge.settings import DirectoryStore, EdgeSettings, S3Store, grant_secrets

NGINX = "/usr/sbin/nginx"
RESOLV = Path("/etc/resolv.conf")
# How often the grant's keys are looked at: playback waits minutes before it signs with a new one.
FOLLOW_SECONDS = 2.0


class WrongSetting(ValueError):
    """What the edge is told cannot be."""


class Environment:
    """Settings by name, without their BIJOU_: from variables, else from files."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        folder = variables.get("BIJOU_SECRETS_DIR")
        self._folder = Path(folder) if folder else None

    def get(self, name: str, default: str | None = None) -> str:
        """Return a setting. Raises WrongSetting where there is none and no default."""
        name = f"BIJOU_{name}"
        if found := self._variables.get(name):
            return found
        if self._folder and (path := self._folder / name).is_file():
            return path.read_text(encoding="utf-8").strip()
        if default is None:
            raise WrongSetting(f"{name}: is needed")
        return default

    def words(self, name: str) -> tuple[str, ...]:
        """Return a setting of several words with commas between them."""
        return tuple(word.strip() for word in self.get(name, "").split(",") if word.strip())


def settings(variables: Mapping[str, str], resolv: Path = RESOLV) -> EdgeSettings:
    """Return the edge's settings. Raises WrongSetting.

    GATEWAY and PLAYBACK are base URLs; GRANT_SECRET holds two with a comma between while it changes, the new one first.
    """
    told = Environment(variables)
    search = _search(resolv)
    playback = told.get("PLAYBACK", "")
    run_dir = Path(told.get("RUN_DIR", "/run/edge"))
    try:
        port = int(told.get("PORT", "8080"))
    except ValueError:
        raise WrongSetting("BIJOU_PORT: is no number") from None
    njs = told.get("NJS_MODULE", "")
    return EdgeSettings(
        host=told.get("HOST", "0.0.0.0"),  # noqa: S104
        public_port=port,
        gateway=_whole(_host_and_port("GATEWAY", told.get("GATEWAY")), search),
        playback=_host_and_port("PLAYBACK", playback) if playback else None,
        store=_store(told, variables, search),
        web_dist=Path(told.get("WEB_DIST", "/app/web")),
        run_dir=run_dir,
        cache_dir=Path(told.get("CACHE_DIR", "/var/cache/edge")),
        grant_secrets=grant_secrets(told.get("GRANT_SECRET")),
        access_log_file=Path("/dev/stdout"),
        njs_module=Path(njs) if njs else None,
        workers=told.get("WORKERS", "auto"),
        user=told.get("USER", "") or None,
        trusted_proxies=told.words("TRUSTED_PROXIES"),
        media_origins=told.words("MEDIA_ORIGINS"),
        resolver=told.get("RESOLVER", "") or _resolver(resolv),
    )


def _host_and_port(name: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
        raise WrongSetting(f"BIJOU_{name}: {url!r} is no address like http://gateway:8001")
    return f"{parts.hostname}:{parts.port or 80}"


def _search(resolv: Path) -> list[str]:
    """The domains in which the machine looks for short names."""
    lines = resolv.read_text(encoding="utf-8").splitlines() if resolv.is_file() else []
    found = [line.split()[1:] for line in lines if line.split()[:1] == ["search"]]
    return found[-1] if found else []


def _whole(address: str, search: list[str]) -> str:
    """`host:port` with the whole of its name: nginx's resolver knows no domains to look in."""
    host, _, port = address.rpartition(":")
    for name in (host, *(f"{host}.{domain}" for domain in search)):
        with suppress(OSError):
            socket.getaddrinfo(f"{name}.", port)
            return f"{name}:{port}"
    # Nobody knows it yet: nginx says so and ends, and is started again.
    return address


def _store(told: Environment, variables: Mapping[str, str], search: list[str]) -> DirectoryStore | S3Store:
    url = told.get("OBJECT_STORE_URL")
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DirectoryStore(Path(parts.path))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or "endpoint" not in query:
        raise WrongSetting(
            f"BIJOU_OBJECT_STORE_URL: {url!r} is neither file:///folder nor s3://bucket/prefix?endpoint=https://…"
        )
    key_id, secret = _key(variables)
    more = {"ca_file": Path(query["ca"])} if "ca" in query else {}
    endpoint = urlsplit(query["endpoint"])
    port = endpoint.port or (443 if endpoint.scheme == "https" else 80)
    return S3Store(
        query["endpoint"],
        parts.netloc,
        parts.path.strip("/"),
        query.get("region", "us-east-1"),
        key_id,
        secret,
        address=_whole(f"{endpoint.hostname}:{port}", search),
        cache_size=told.get("CACHE_SIZE", "10g"),
        **more,
    )


def _key(variables: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The bucket's key, as boto3 finds it: variables, else a file of credentials; none for a bucket that all may read."""
    if "AWS_ACCESS_KEY_ID" in variables:
        return variables["AWS_ACCESS_KEY_ID"], variables.get("AWS_SECRET_ACCESS_KEY")
    path = variables.get("AWS_SHARED_CREDENTIALS_FILE")
    if not path or not Path(path).is_file():
        return None, None
    found = configparser.ConfigParser(interpolation=None)
    try:
        found.read(path, encoding="utf-8")
        profile = found[variables.get("AWS_PROFILE", "default")]
        return profile["aws_access_key_id"], profile["aws_secret_access_key"]
    except (configparser.Error, KeyError) as error:
        raise WrongSetting(f"AWS_SHARED_CREDENTIALS_FILE: {path} holds no key of a bucket: {error}") from None


def _resolver(resolv: Path) -> str | None:
    """The machine's own name server: nginx asks none by itself."""
    if resolv.is_file():
        for line in resolv.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] == ["nameserver"] and len(words) > 1:
                return f"[{words[1]}]" if ":" in words[1] else words[1]
    return None


def follow(variables: Mapping[str, str], every: float = FOLLOW_SECONDS) -> None:
    """Leave a child behind that writes the configuration again when the file of the grant's keys has changed, and tells nginx.

    It ends with this process, which becomes nginx. Keys that are no good change nothing and are said once.
    """
    file = Path(variables.get("BIJOU_SECRETS_DIR", "")) / "BIJOU_GRANT_SECRET"
    if "BIJOU_SECRETS_DIR" not in variables or not file.is_file() or os.fork():
        return
    nginx, held, said = os.getppid(), file.read_bytes(), ""
    while os.getppid() == nginx:
        time.sleep(every)
        try:
            if (found := file.read_bytes()) != held:
                files.write(settings(variables))
                os.kill(nginx, signal.SIGHUP)
                held, said = found, ""
        except (ValueError, OSError) as wrong:
            if str(wrong) != said:
                said = str(wrong)
                print(f"edge: the grant's keys stay as they were: {wrong}", file=sys.stderr, flush=True)  # noqa: T201
    os._exit(0)


def main() -> None:
    """Write the configuration and become nginx; ends with a line that says what is wrong where that cannot be."""
    try:
        config = files.write(settings(os.environ))
    except (ValueError, OSError) as wrong:
        sys.exit(f"edge: these settings are wrong:\n  {wrong}")
    command = files.command(config, Path(os.environ.get("BIJOU_NGINX", NGINX)))
    follow(os.environ)
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main()
