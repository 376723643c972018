"""What the Dockerfile copies, as it would lie in the image."""

import re
import shutil
from fnmatch import fnmatch
from pathlib import Path

from tests.support.source import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text()


def copied() -> list[str]:
    """Every path that is copied from the build's context."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [path for line in lines for path in line.split()[:-1]]


def is_ignored(path: str) -> bool:
    """Whether a file of the tree is left out of the context: the last pattern counts.

    docs.docker.com/build/concepts/context/#dockerignore-files
    """
    ignored = False
    for line in IGNORED.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        wanted = pattern.startswith("!")
        if _covers(pattern.removeprefix("!"), path):
            ignored = not wanted
    return ignored


def _covers(pattern: str, path: str) -> bool:
    parts = path.split("/")
    heads = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern.removeprefix("**/")) for part in parts)
    return any(fnmatch(head, pattern) and "/" not in head[len(pattern) :] for head in heads)


def lay_out(folder: Path) -> None:
    """Copy into a folder what the image holds of Cairn's own."""
    for name in copied():
        paths = [ROOT / name] if (ROOT / name).is_file() else sorted((ROOT / name).rglob("*"))
        for path in paths:
            its = path.relative_to(ROOT)
            if path.is_file() and not is_ignored(its.as_posix()):
                (folder / its).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / its)
