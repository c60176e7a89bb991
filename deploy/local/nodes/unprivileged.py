"""Running a server that refuses root as another user, wherever the checkout lies."""

import ctypes
import os
import pwd
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from deploy.local.nodes.base import _libc, die_with_parent

_CANDIDATES = ("bijou", "postgres", "nobody")
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_VERSION_3 = 0x20080522


def user() -> pwd.struct_passwd | None:
    """The user to become, or None where we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def reachable(path: Path, by: pwd.struct_passwd) -> bool:
    """Whether `by` may traverse every directory above `path` and read it (ACLs aside)."""
    for place in [path, *path.parents]:
        if not place.exists():
            continue
        info = place.stat()
        need = stat.S_IXOTH if place.is_dir() else stat.S_IROTH
        if info.st_uid == by.pw_uid:
            need <<= 6
        elif info.st_gid == by.pw_gid:
            need <<= 3
        if not info.st_mode & need:
            return False
    return True


def behind_closed_door(paths: Iterable[Path], by: pwd.struct_passwd | None) -> bool:
    """Whether one of `paths` lies where `by` cannot go."""
    return by is not None and not all(reachable(path, by) for path in paths)


def give(path: Path, to: pwd.struct_passwd | None) -> None:
    """Make `to` the owner of `path` and all below it."""
    if to is None:
        return
    for place in [path, *path.rglob("*")]:
        os.chown(place, to.pw_uid, to.pw_gid, follow_symlinks=False)


def become(to: pwd.struct_passwd | None, orphan_signal: int, *, reach_anywhere: bool) -> Callable[[], None]:
    """What a child does between fork and exec to run as `to`.

    `reach_anywhere` keeps one Linux capability over the change of user, so that a checkout below a closed directory
    such as /root works too.
    """

    def in_child() -> None:
        if to is not None:
            keep = reach_anywhere and _libc is not None
            if keep and _libc is not None:
                _libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setgid(to.pw_gid)
            os.setuid(to.pw_uid)
            if keep and _libc is not None:
                header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
                bit = 1 << _CAP_DAC_OVERRIDE
                data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
                _libc.capset(ctypes.byref(header), ctypes.byref(data))
                _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
        # A change of user clears it, so it comes last.
        die_with_parent(orphan_signal)

    return in_child
