"""The platform's data directory: where everything lies, its generated secrets, and the ports it remembers."""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from deploy import topology
from deploy.deployable import PrivateKey, Secret, Volume
from deploy.local import ports
from libs.chassis.security.tokens import new_private_key

ROOT = Path(__file__).resolve().parents[2]

# Servers of our own that ask for a password.
SERVERS = ("postgres", "valkey")

# Letters and digits that no font confuses; four groups of four are 80 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class AlreadyRunning(Exception):
    """The platform is already running."""


class Damaged(Exception):
    """A file of the data directory cannot be used. Says which, and what helps."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in from the first minute."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """Generated at the first start, kept in `secrets.json`, readable by its owner only."""

    named: dict[str, str]
    databases: dict[str, str]
    admin: Account
    demo: Account


class Data:
    """Paths below one directory (`var/` in the checkout, or BIJOU_DATA)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / "run"
        self.log = root / "log"
        self.store = root / "store"
        self.demo = root / "demo"
        self.films = root / "films"
        self.edge = root / "edge"
        self.profiles = root / "profiles"
        self.mail = root / "mail"
        self.postgres = root / "postgres"
        self.valkey = root / "valkey"
        self.state = self.run / "state.json"

    @classmethod
    def from_environment(cls) -> "Data":
        given = os.environ.get("BIJOU_DATA")
        return cls(Path(given).expanduser().resolve() if given else ROOT / "var")

    def make(self) -> None:
        for folder in (self.root, self.run, self.log, self.store, self.demo, self.edge, self.mail, *self.volumes()):
            folder.mkdir(parents=True, exist_ok=True)
        # Private: volumes hold masters, run and log what the services say, links in mails open accounts.
        for folder in (self.run, self.log, self.mail, *self.volumes()):
            folder.chmod(0o700)

    def told(self, service: str) -> Path:
        """The folder of what a service is told in confidence, a file for each setting."""
        return self.root / "secrets" / service

    def volume(self, name: str) -> Path:
        return self.root / name

    def volumes(self) -> list[Path]:
        return [self.volume(volume.name) for volume in topology.symbols(Volume)]

    def private_key(self, name: str) -> Path:
        return self.root / f"{name}.pem"

    def private_keys(self) -> list[Path]:
        return [self.private_key(key.name) for key in topology.symbols(PrivateKey)]

    def log_of(self, name: str) -> Path:
        return self.log / f"{name}.log"

    def lock(self) -> TextIOWrapper:
        """Hold the directory for one launcher. Raises AlreadyRunning.

        A POSIX lock: unlike `flock` it is not inherited by forked children, so it ends with the launcher.
        """
        self.run.mkdir(parents=True, exist_ok=True)
        file = (self.run / "launcher.lock").open("a+")
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise AlreadyRunning(f"The platform is already running (process {self.launcher()}).") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def launcher(self) -> int | None:
        """The pid of the running launcher, or None."""
        path = self.run / "launcher.lock"
        if not path.exists():
            return None
        with path.open("r+") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                text = file.read().strip()
                return int(text) if text else None
        return None

    def secrets(self, databases: list[str]) -> Secrets:
        """The secrets, made where missing: those of our own servers, those the table names, and one for each database.

        Raises Damaged where they cannot be read, or are gone from beside the databases that ask for them.
        """
        path = self.root / "secrets.json"
        known = self._known_secrets(path)
        names = (*SERVERS, *(secret.name for secret in topology.symbols(Secret)))
        found = Secrets(
            named={name: known.get(name) or secrets.token_urlsafe(48) for name in names},
            databases={name: secrets.token_urlsafe(24) for name in databases} | known.get("databases", {}),
            admin=Account(**(known.get("admin") or {"email": "admin@bijou.local", "password": readable_password()})),
            demo=Account(**(known.get("demo") or {"email": "demo@bijou.local", "password": readable_password()})),
        )
        people = {"admin": asdict(found.admin), "demo": asdict(found.demo)}
        # What an older table named stays: it may be asked for again.
        kept = {**known, **found.named, "databases": found.databases, **people}
        if kept != known:
            write_private(path, json.dumps(kept, indent=1))
        for key in self.private_keys():
            if not key.exists():
                write_private(key, new_private_key())
        return found

    def _known_secrets(self, path: Path) -> dict[str, Any]:
        helps = "Restore it from a copy, or start from nothing: make reset."
        if not path.exists():
            # New passwords would open none of the databases that are there.
            if (self.postgres / "PG_VERSION").exists():
                raise Damaged(f"{path} is gone, and with it the passwords of the databases beside it. {helps}")
            return {}
        try:
            known = json.loads(path.read_text())
        except ValueError as error:
            raise Damaged(f"{path}, which holds all passwords, cannot be read ({error}). {helps}") from error
        if not isinstance(known, dict):
            raise Damaged(f"{path}, which holds all passwords, is not an object of JSON. {helps}")
        return known

    def known_ports(self) -> dict[str, int]:
        """The ports of the last start; none where they cannot be read, since any others will do."""
        with suppress(OSError, ValueError):
            known = json.loads((self.root / "ports.json").read_text())
            if isinstance(known, dict):
                return {name: port for name, port in known.items() if isinstance(port, int) and 0 < port < 65536}
        return {}

    def secrets_if_any(self) -> Secrets | None:
        """The secrets that exist already."""
        return self.secrets([]) if (self.root / "secrets.json").exists() else None

    def owned(self) -> list[Path]:
        """Everything below the directory that is ours to delete; the demo's films, made once, are not among it."""
        folders = (
            self.run,
            self.log,
            self.store,
            *self.volumes(),
            self.demo,
            self.edge,
            self.profiles,
            self.mail,
            self.postgres,
            self.postgres.with_name("postgres.new"),
            self.valkey,
            *(self.root / name for name in ("secrets", "restoring", "restored", "replaced", "studio")),
        )
        files = (*self.private_keys(), self.root / "secrets.json", self.root / "ports.json")
        return [path for path in (*folders, *files) if path.exists()]

    def ports(
        self, preferred: Mapping[str, int], asked: Mapping[str, int] | None = None, host: str = "127.0.0.1"
    ) -> dict[str, int]:
        """A free port for each name: the one asked for, else the last one, else the preferred one, else any.

        `host` is where "public" listens. Raises PortTaken when a port that was asked for is not free, NoSuchAddress when
        `host` is none of this machine's.
        """
        ports.check_address(host)
        path = self.root / "ports.json"
        known = self.known_ports()
        chosen: dict[str, int] = {}
        for name, usual in preferred.items():
            where = host if name == "public" else "127.0.0.1"
            if asked and name in asked:
                if not ports.is_free(asked[name], where):
                    raise ports.PortTaken(f"Port {asked[name]} is in use. Stop what uses it, or choose another one.")
                chosen[name] = asked[name]
            else:
                chosen[name] = ports.choose(known.get(name, usual), where, frozenset(chosen.values()))
        if chosen != known:
            write_private(path, json.dumps(chosen, indent=1))
        return chosen


def readable_password() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; it is never readable by anyone but its owner."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
