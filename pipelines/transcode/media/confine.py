"""Runs before every child: limits it, takes from it everything it was not given, ties its life to the worker's, then becomes it.

Called as `python -I -S confine.py <options as JSON> <program> <arguments…>`; it imports nothing of ours and is the same
process as the program it becomes. What it is told to take away and cannot ends it. Without a program it tries what a
confined child may not do, and says what went through.
"""

import ctypes
import json
import os
import resource
import signal
import stat
import struct
import sys
import time
from collections.abc import Iterable
from typing import NoReturn

REFUSED = 126
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 22, 24, 38
SECCOMP_MODE_FILTER = 2
CAPABILITIES = 64

# landlock(7). These numbers are the same on every processor.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG, TRUNCATE, IOCTL_DEV = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 14, 1 << 15
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
# How many rights over files each version of Landlock knows; the last holds for later ones.
RIGHTS = (0, 13, 14, 15, 15, 16)
SCOPES_SINCE, CONNECTIONS_SINCE = 6, 4

libc = ctypes.CDLL(None, use_errno=True)


def fail(what: str) -> NoReturn:
    """End before the program has begun."""
    sys.stderr.write(f"{what}\n")
    sys.exit(REFUSED)


def lower(kind: int, value: int) -> None:
    """Lower a limit; one that is already lower stays."""
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def give_way(nice: int) -> None:
    """Leave the processor to others who want it.

    A child has a session of its own, and where Linux shares processors by session (sched(7), autogroup), `nice` compares only
    within it: the session has to be told as well.
    """
    niceness = os.nice(nice)
    for _ in range(5):
        try:
            with open("/proc/self/autogroup", "w", encoding="ascii") as group:  # noqa: PTH123
                group.write(str(niceness))
        except BlockingIOError:
            # Who is not root may do so ten times a second.
            time.sleep(0.1)
            continue
        except OSError:
            pass
        return


def limit(options: dict[str, int]) -> None:
    """Lower what the child may use."""
    os.umask(0o077)
    give_way(options["nice"])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    lower(resource.RLIMIT_NOFILE, options["files"])
    lower(resource.RLIMIT_CPU, options["cpu_seconds"])
    lower(resource.RLIMIT_FSIZE, options["file_bytes"])
    if sys.platform == "linux":
        lower(resource.RLIMIT_AS, options["memory_bytes"])
        # It counts every thread of this user on the machine, so it only bounds what one child can do to all others.
        lower(resource.RLIMIT_NPROC, options["threads"])


def give_up_rights(parent: int) -> None:
    """Die with the parent, never gain a right, and lose those of root."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        fail("no_new_privs cannot be set")
    for capability in range(CAPABILITIES):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def landlock(number: int, *arguments: object) -> int:
    """Make one of Landlock's calls; it fails with the reason."""
    found = int(libc.syscall(ctypes.c_long(number), *arguments))
    if found < 0:
        fail(f"Landlock: {os.strerror(ctypes.get_errno())}")
    return found


def see_only(runs: Iterable[str], reads: Iterable[str], writes: Iterable[str]) -> None:
    """Take away every file but these, connections, and signals to others, as far as this kernel's Landlock goes."""
    version = landlock(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)
    handled = (1 << RIGHTS[min(version, len(RIGHTS) - 1)]) - 1
    connections = 3 if version >= CONNECTIONS_SINCE else 0
    scopes = 3 if version >= SCOPES_SINCE else 0
    attributes = struct.pack("=QQQ", handled, connections, scopes)
    size = 24 if scopes else 16 if connections else 8
    ruleset = landlock(CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    for paths, rights in ((runs, READ | EXECUTE), (reads, READ), (writes, WRITE)):
        for path in paths:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            fitting = rights if stat.S_ISDIR(os.fstat(place).st_mode) else rights & ON_FILES
            landlock(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", fitting & handled, place), 0)
            os.close(place)
    landlock(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


class Program(ctypes.Structure):
    """`struct sock_fprog` of linux/filter.h."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def call_only(instructions: bytes) -> None:
    """Have the kernel refuse every system call that a filter does not let through."""
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    program = Program(len(instructions) // 8, ctypes.addressof(kept))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        fail(f"seccomp: {os.strerror(ctypes.get_errno())}")


def attempt(files: bool, calls: bool) -> None:
    """Try what may not be: a file nobody gave, a socket."""
    if files:
        try:
            os.open("/", os.O_RDONLY)
        except PermissionError:
            pass
        else:
            fail("Landlock let a folder be read that was not given")
    if calls and libc.socket(1, 1, 0) >= 0:
        fail("seccomp let a socket be made")


def main() -> None:
    """Limit, confine, execute."""
    options = json.loads(sys.argv[1])
    limit(options)
    if sys.platform == "linux":
        give_up_rights(options["parent"])
    if options["landlock"]:
        see_only(options["runs"], options["reads"], options["writes"])
    if options["filter"]:
        call_only(bytes.fromhex(options["filter"]))
    if len(sys.argv) > 2:
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606
    attempt(options["landlock"], bool(options["filter"]))


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        # What goes wrong before the program has begun is no word about what it was to read.
        fail(f"{type(error).__name__}: {error}")
