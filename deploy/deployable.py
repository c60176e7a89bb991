"""What can be said of something that is deployed. Symbols stand for what every place has of its own: a renderer fills them in."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Secret:
    """A long random text that only those who are told it know."""

    name: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one service is told of a secret (`libs.chassis.security.shares`): it proves nothing to any other service."""

    of: str
    holder: str


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The path of a file with a private key (PEM)."""

    name: str


@dataclass(frozen=True, slots=True)
class Volume:
    """The path of a private folder that outlives the process; all that are told its name share it."""

    name: str


@dataclass(frozen=True, slots=True)
class Url:
    """Where a deployable answers; of the edge, the address that people use."""

    of: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class EveryUrl:
    """JSON: the name of every service behind the gateway → its base URL."""


@dataclass(frozen=True, slots=True)
class MailUrl:
    """Where mails are handed in: a folder on one machine, a server elsewhere. Confidential, for it may hold a password."""


Value = str | Secret | Share | PrivateKey | Volume | Url | EveryUrl | MailUrl


@dataclass(frozen=True, slots=True)
class Cpu:
    """One more replica when they use more than this share of what they ask for."""

    share: float


@dataclass(frozen=True, slots=True)
class Queue:
    """One replica for so many jobs that wait in a service's database."""

    of: str
    jobs: int


@dataclass(frozen=True, slots=True)
class Resources:
    """What one replica asks for: cores, and megabytes of memory."""

    cores: float = 0.25
    memory: int = 256


@dataclass(frozen=True, slots=True)
class Backend:
    """A server that is not ours. Who needs it is told its address in `setting`; `port` is the usual one of its protocol."""

    name: str
    port: int
    setting: str
    about: str


_NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True)
class Service:
    """A program of ours.

    `package` holds its code and its migrations; `entry` is run as `python -m` does, or called where it is `module:function`.
    `port`: where it listens; None listens nowhere. `shares` names the service whose database it uses.
    `serves`: the prefixes of its operations, below /api/v1 but for those that begin with a dot (RFC 8615).
    `publishes` and `consumes` are topics. Revoked sign-ins, which all that need Kafka follow, are named only by who does more.
    `told`: its settings, without their BIJOU_; `contained`: those that it is told where a container bounds its memory.
    `libraries`: those of its own that take long to load. `extras`: of the distribution, besides the one of its name.
    What is `optional` runs on one machine only where it is asked for; its database is
    there in any case.
    """

    name: str
    _: KW_ONLY
    owns: str
    package: str = ""
    entry: str = ""
    port: int | None = None
    needs: Set[Backend] = frozenset()
    shares: str | None = None
    serves: tuple[str, ...] = ()
    publishes: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    told: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    contained: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    scale: Cpu | Queue = Cpu(0.6)
    resources: Resources = Resources()
    libraries: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    optional: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "package", self.package or f"services.{self.name}")
        object.__setattr__(self, "entry", self.entry or f"{self.package}.main")


@dataclass(frozen=True)
class Edge:
    """nginx, with our configuration: the one public door."""

    name: str
    _: KW_ONLY
    owns: str
    package: str
    port: int
    needs: Set[Backend]
    told: Mapping[str, Value]
    scale: Cpu
    resources: Resources


def secret(name: str) -> Secret:
    return Secret(name)


def share(of: str, holder: str) -> Share:
    return Share(of, holder)


def private_key(name: str) -> PrivateKey:
    return PrivateKey(name)


def volume(name: str) -> Volume:
    return Volume(name)


def url(of: str, path: str = "") -> Url:
    return Url(of, path)


def cpu(share: float) -> Cpu:
    return Cpu(share)


def queue(of: str, *, jobs: int) -> Queue:
    return Queue(of, jobs)
