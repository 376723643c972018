"""Let a process overwrite its memory as it is freed: what people wrote does not stay in it."""

import os
import sys

OVERWRITING = "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1"
"""Fill with a byte whatever glibc frees; its cache for threads, which is left out, is off. A heap
for each thread would make it dearer: Python lets one thread work at a time.

gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
"""


def overwrite_what_is_freed() -> None:
    """Replace this process by one that overwrites what is freed, unless it does so already.

    Python takes memory in its own portions, which are left as they are: so it is told to ask glibc
    for each object (PYTHONMALLOC). Both are read at a start alone. Another libc than glibc leaves
    what is freed as it is.
    """
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    if sys.platform != "linux" or OVERWRITING in tunables:
        return
    changed = {
        "PYTHONMALLOC": "malloc",
        "GLIBC_TUNABLES": ":".join(filter(None, (tunables, OVERWRITING))),
    }
    os.execve(  # noqa: S606 - this interpreter and its own arguments
        sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | changed
    )
