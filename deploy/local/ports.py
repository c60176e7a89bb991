"""Choosing TCP ports: the preferred one where it is free, else any other."""

import socket


class PortTaken(Exception):
    """The port that was asked for is in use."""


class NoSuchAddress(Exception):
    """This machine cannot listen on an address that was asked for."""


def check_address(host: str) -> None:
    """Raises NoSuchAddress where nothing can listen on `host`, whatever the port."""
    try:
        free_port(host)
    except OSError as error:
        raise NoSuchAddress(
            f"{host} is no IPv4 address of this machine ({error.strerror}). 127.0.0.1 is for it alone, 0.0.0.0 for everyone."
        ) from error


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are in TIME_WAIT can be taken again.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def choose(preferred: int, host: str = "127.0.0.1", taken: frozenset[int] = frozenset()) -> int:
    """`preferred` if free and not in `taken`, else a free port."""
    if preferred not in taken and is_free(preferred, host):
        return preferred
    while (port := free_port(host)) in taken:
        pass
    return port
