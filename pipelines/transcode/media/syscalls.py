"""Which system calls a media program may make, as a filter for the kernel (seccomp, classic BPF).

What reads, decodes and writes local files needs few: no socket, no other process or signal to one, no change of owners,
modes or times, nothing of mounts, keys, tracing or io_uring. Every call not named here is refused as not permitted.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Mapping

# By name: the number on x86_64, and on aarch64, which has none for those superseded before it was born.
CALLS: Mapping[str, tuple[int, int | None]] = {
    # Files: which of them is Landlock's to say.
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "pwrite64": (18, 68),
    "close": (3, 57), "lseek": (8, 62), "poll": (7, None), "ppoll": (271, 73), "dup": (32, 23), "dup2": (33, None),
    "dup3": (292, 24), "fsync": (74, 82), "fdatasync": (75, 83), "ftruncate": (77, 46), "fallocate": (285, 47),
    "fadvise64": (221, 223), "stat": (4, None), "lstat": (6, None), "fstat": (5, 80), "newfstatat": (262, 79),
    "statx": (332, 291), "statfs": (137, 43), "fstatfs": (138, 44), "access": (21, None), "faccessat": (269, 48),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61), "getcwd": (79, 17), "mkdir": (83, None),
    "mkdirat": (258, 34), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "unlink": (87, None),
    "unlinkat": (263, 35),
    # Memory, threads, its own signals, and becoming the program at the start.
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214),
    "membarrier": (324, 283), "futex": (202, 98), "rseq": (334, 293), "set_robust_list": (273, 99),
    "set_tid_address": (218, 96), "arch_prctl": (158, None), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "sigaltstack": (131, 132), "restart_syscall": (219, 128), "sched_yield": (24, 124),
    "execve": (59, 221), "exit": (60, 93), "exit_group": (231, 94),
    # What it may know of itself, the machine and the time.
    "getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "getgid": (104, 176),
    "geteuid": (107, 175), "getegid": (108, 177), "uname": (63, 160), "sysinfo": (99, 179), "getcpu": (309, 168),
    "sched_getaffinity": (204, 123), "sched_getscheduler": (145, 120), "sched_getparam": (143, 121),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126), "getrlimit": (97, 163),
    "getrusage": (98, 165), "times": (100, 153), "time": (201, None), "gettimeofday": (96, 169),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "getrandom": (318, 278),
}  # fmt: skip
# These only with some arguments.
CLONE, OPEN, OPENAT, FCNTL, IOCTL, PRCTL, PRLIMIT = (
    (56, 220), (2, None), (257, 56), (72, 25), (16, 29), (157, 167), (302, 261),
)  # fmt: skip
CLONE_THREAD = 0x10000
ACCESS_OR_TRUNCATE, TRUNCATE = 0o1003, 0o1000
# Copying a descriptor and its flags. Not F_SETOWN and F_SETSIG, by which a pipe would send signals for it.
FCNTLS = (0, 1, 2, 3, 4, 1030)
# Whether it is a terminal and how wide, how much can be read, and whether a descriptor outlives exec.
IOCTLS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)
PR_SET_NAME = 15

# Calls that came later are said not to exist, so that a C library goes on with what came before.
NEWER = 424
EPERM, ENOSYS = 1, 38
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

# linux/bpf_common.h, linux/seccomp.h
LOAD, AND, RETURN = 0x20, 0x54, 0x06
IF_EQUAL, IF_AT_LEAST = 0x15, 0x35
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16

Instruction = tuple[int, int, int, int]


@functools.cache
def filtered(machine: str) -> bytes:
    """Return the filter for a kind of processor as `platform.machine` names it; empty for one it is not written for."""
    known = ARCHITECTURES.get(machine)
    if known is None:
        return b""
    column, name = known
    code: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE), (IF_EQUAL, 1, 0, name), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER), (IF_AT_LEAST, 0, 1, NEWER), (RETURN, 0, 0, ERROR | ENOSYS),
    ]  # fmt: skip
    for numbers in CALLS.values():
        code += _when(numbers[column], [(RETURN, 0, 0, ALLOW)])
    code += _when(CLONE[column], _masked(0, CLONE_THREAD, CLONE_THREAD))
    # Truncating a file that was opened to read escapes the first versions of Landlock.
    code += _when(OPEN[column], _masked(1, ACCESS_OR_TRUNCATE, TRUNCATE, allow=False))
    code += _when(OPENAT[column], _masked(2, ACCESS_OR_TRUNCATE, TRUNCATE, allow=False))
    code += _when(FCNTL[column], _one_of(1, FCNTLS))
    code += _when(IOCTL[column], _one_of(1, IOCTLS))
    code += _when(PRCTL[column], _one_of(0, (PR_SET_NAME,)))
    code += _when(PRLIMIT[column], _nothing(2))
    code.append((RETURN, 0, 0, ERROR | EPERM))
    return packed(code)


def packed(code: Iterable[Instruction]) -> bytes:
    """Return instructions as the kernel reads them (`struct sock_filter`)."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _when(number: int | None, then: list[Instruction]) -> list[Instruction]:
    """Run instructions that end in a verdict for one call."""
    return [] if number is None else [(IF_EQUAL, 0, len(then), number), *then]


def _masked(argument: int, mask: int, value: int, *, allow: bool = True) -> list[Instruction]:
    yes, no = (ALLOW, ERROR | EPERM) if allow else (ERROR | EPERM, ALLOW)
    return [_low(argument), (AND, 0, 0, mask), (IF_EQUAL, 0, 1, value), (RETURN, 0, 0, yes), (RETURN, 0, 0, no)]


def _one_of(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    checks = [step for value in values for step in ((IF_EQUAL, 0, 1, value), (RETURN, 0, 0, ALLOW))]
    return [_low(argument), *checks, (RETURN, 0, 0, ERROR | EPERM)]


def _nothing(argument: int) -> list[Instruction]:
    """Allow where a pointer is null: both its halves."""
    return [
        _low(argument), (IF_EQUAL, 0, 3, 0), (LOAD, 0, 0, ARGUMENTS + 8 * argument + 4), (IF_EQUAL, 0, 1, 0),
        (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERROR | EPERM),
    ]  # fmt: skip


def _low(argument: int) -> Instruction:
    """Load the lower half of an argument; both kinds of processor put it first."""
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument)
