"""What a taken-over decoder would try, as a script for a confined Python that prints what came of each thing as JSON.

Called with the parent's process id and the names of what to try.
In its directory are `source.bin`, which is the job's, and `out`, where it may write.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import sys
from collections.abc import Callable

libc = ctypes.CDLL(None, use_errno=True)
PARENT = int(sys.argv[1]) if __name__ == "__main__" else 0
PRLIMIT, MEMFD, PIDFD_OPEN, IO_URING, UNSHARE, MOUNT, PTRACE, READ_OTHERS, KEYCTL, BPF = (
    (302, 319, 434, 425, 272, 165, 101, 310, 250, 321)
    if os.uname().machine == "x86_64"
    else (261, 279, 434, 425, 97, 40, 117, 270, 219, 280)
)


def called(number: int, *arguments: object) -> None:
    if libc.syscall(ctypes.c_long(number), *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def forked() -> None:
    if os.fork() == 0:
        os._exit(0)


def opened(path: str, flags: int = os.O_RDONLY) -> None:
    os.close(os.open(path, flags, 0o600))


FILES: dict[str, Callable[[], object]] = {
    "read passwd": lambda: opened("/etc/passwd"),
    "read another job's master": lambda: opened("../other/source.bin"),
    "list the jobs": lambda: opened(".."),
    "read its environment": lambda: opened("/proc/self/environ"),
    "read the parent's environment": lambda: opened(f"/proc/{PARENT}/environ"),
    "list the processes": lambda: opened("/proc"),
    "write elsewhere": lambda: opened("/tmp/escaped", os.O_WRONLY | os.O_CREAT),
    "write beside the source": lambda: opened("beside", os.O_WRONLY | os.O_CREAT),
    "write to the source": lambda: opened("source.bin", os.O_WRONLY),
    "remove the source": lambda: os.unlink("source.bin"),
    "take the source away": lambda: os.rename("source.bin", "out/source.bin"),
    "link the source": lambda: os.link("source.bin", "out/linked"),
    "leave a symlink": lambda: os.symlink("/etc/passwd", "out/passwd"),
    "leave a pipe": lambda: os.mkfifo("out/pipe"),
    "run a shell": lambda: os.execv("/bin/sh", ["sh", "-c", "echo out"]),
}
CALLS: dict[str, Callable[[], object]] = {
    "truncate the source": lambda: opened("source.bin", os.O_RDONLY | os.O_TRUNC),
    "truncate by name": lambda: os.truncate("source.bin", 0),
    "make the source public": lambda: os.chmod("source.bin", 0o777),
    "give the source away": lambda: os.chown("source.bin", 1, 1),
    "change its time": lambda: os.utime("source.bin", (1, 1)),
    "speak to the internet": lambda: socket.socket(socket.AF_INET).close(),
    "speak to the machine": lambda: socket.socket(socket.AF_UNIX).close(),
    "send packets": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "speak to the kernel": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close(),
    "signal the parent": lambda: os.kill(PARENT, 0),
    "signal everyone": lambda: os.kill(-1, 0),
    "hold the parent": lambda: called(PIDFD_OPEN, PARENT, 0),
    "trace the parent": lambda: called(PTRACE, 16, PARENT, None, None),
    "read the parent's memory": lambda: called(READ_OTHERS, PARENT, None, 0, None, 0, 0),
    "signal by a pipe": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, PARENT),
    "fork": forked,
    "spawn": lambda: os.posix_spawn(sys.executable, ["x"], {}),
    "outlive the parent": lambda: called(157 if os.uname().machine == "x86_64" else 167, 1, 0, 0, 0, 0),
    "raise its limit": lambda: called(PRLIMIT, 0, 0, b"\xff" * 16, None),
    "change the parent's limits": lambda: called(PRLIMIT, PARENT, 0, b"\0" * 16, None),
    "new namespaces": lambda: called(UNSHARE, 0x10000000),
    "mount": lambda: called(MOUNT, b"none", b"out", b"tmpfs", 0, None),
    "a file without a name": lambda: called(MEMFD, b"x", 0),
    "a ring of calls": lambda: called(IO_URING, 1, None),
    "the keyring": lambda: called(KEYCTL, 0, -3, 0),
    "a program in the kernel": lambda: called(BPF, 0, None, 0),
}


def main() -> None:
    """Do what is allowed, then try the rest."""
    import threading

    with open("source.bin", "rb") as source, open("out/made", "wb") as made:
        made.write(source.read())
    os.makedirs("out/below")
    os.rename("out/made", "out/kept")
    worked: list[int] = []
    thread = threading.Thread(target=lambda: worked.append(1))
    thread.start()
    thread.join()
    found = {"threads": "worked" if worked else "no"}
    for name in sys.argv[2:]:
        try:
            (CALLS.get(name) or FILES[name])()  # "run a shell" would end it here, and print no JSON
            found[name] = "went through"
        except OSError as error:
            found[name] = os.strerror(error.errno or 0)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
