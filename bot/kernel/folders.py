"""Make folders into which nobody else can put anything, and tell who else may enter one."""

import grp
import os
import pwd
import stat
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, and those above it so that only their owner writes there.

    What is there is left as it is. Raises OSError.
    """
    for above in reversed(folder.parents):
        above.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def lets_others_in(path: Path) -> bool:
    """Say whether the mode of a file or folder lets anybody in but this process's user and root.

    The bits of a group let nobody in where the group is this process's and nobody else is known to
    be in it: so Kubernetes hands a volume to a pod (`fsGroup`), with 2770 and 0660. Raises OSError.
    """
    found = path.stat()
    if found.st_mode & stat.S_IRWXO:
        return True
    if not found.st_mode & stat.S_IRWXG:
        return False
    us = {0, os.geteuid()}
    is_ours = found.st_uid in us and found.st_gid in {os.getegid(), *os.getgroups()}
    return not (is_ours and _members(found.st_gid) <= us)


def _members(group_id: int) -> set[int]:
    """Find the users of whom the system knows that they are in a group, -1 for one it lost."""
    found = {one.pw_uid for one in pwd.getpwall() if one.pw_gid == group_id}
    try:
        names = grp.getgrgid(group_id).gr_mem
    except KeyError:  # a number without a name, as fsGroup has
        names = []
    for name in names:
        try:
            found.add(pwd.getpwnam(name).pw_uid)
        except KeyError:
            found.add(-1)
    return found
