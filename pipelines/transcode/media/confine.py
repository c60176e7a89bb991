"""Runs before every child: puts on resource limits, cuts the network, ties its life to the worker's, then becomes it.

Called as `python -I -S confine.py <limits as JSON> <program> <arguments…>`; it imports nothing of ours and is the same
process as the program it becomes.
"""

import ctypes
import json
import os
import resource
import signal
import sys

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38


def lower(kind: int, value: int) -> None:
    """Lower a limit; one that is already lower stays."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def isolate() -> None:
    """Tie the child to its parent and take its network away, where the kernel permits."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def main() -> None:
    """Limit, isolate, execute."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lower(resource.RLIMIT_NOFILE, limits["files"])
    lower(resource.RLIMIT_CPU, limits["cpu_seconds"])
    lower(resource.RLIMIT_FSIZE, limits["file_bytes"])
    if sys.platform == "linux":
        lower(resource.RLIMIT_AS, limits["memory_bytes"])
        if os.getppid() != limits["parent"]:
            sys.exit(1)
        isolate()
        if os.getppid() != limits["parent"]:
            sys.exit(1)
    os.nice(limits["nice"])
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606


if __name__ == "__main__":
    main()
