"""The platform's data directory: where everything lies, its generated secrets, and the ports it remembers."""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path

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
        self.edge = root / "edge"
        self.profiles = root / "profiles"
        self.postgres = root / "postgres"
        self.valkey = root / "valkey"
        self.state = self.run / "state.json"

    @classmethod
    def from_environment(cls) -> "Data":
        given = os.environ.get("BIJOU_DATA")
        return cls(Path(given).expanduser().resolve() if given else ROOT / "var")

    def make(self) -> None:
        for folder in (self.root, self.run, self.log, self.store, self.demo, self.edge, *self.volumes()):
            folder.mkdir(parents=True, exist_ok=True)
        # Private: volumes hold masters, run and log what the services say.
        for folder in (self.run, self.log, *self.volumes()):
            folder.chmod(0o700)

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
        """The secrets, made where missing: those of our own servers, those the table names, and one for each database."""
        path = self.root / "secrets.json"
        known = json.loads(path.read_text()) if path.exists() else {}
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

    def secrets_if_any(self) -> Secrets | None:
        """The secrets that exist already."""
        return self.secrets([]) if (self.root / "secrets.json").exists() else None

    def owned(self) -> list[Path]:
        """Everything below the directory that is ours to delete."""
        folders = (
            self.run,
            self.log,
            self.store,
            *self.volumes(),
            self.demo,
            self.edge,
            self.profiles,
            self.postgres,
            self.valkey,
        )
        files = (*self.private_keys(), self.root / "secrets.json", self.root / "ports.json")
        return [path for path in (*folders, *files) if path.exists()]

    def ports(
        self, preferred: Mapping[str, int], asked: Mapping[str, int] | None = None, host: str = "127.0.0.1"
    ) -> dict[str, int]:
        """A free port for each name: the one asked for, else the last one, else the preferred one, else any.

        `host` is where "public" listens. Raises PortTaken when a port that was asked for is not free.
        """
        path = self.root / "ports.json"
        known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
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
