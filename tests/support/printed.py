"""What the pages print between fences, and a folder in which its commands are run as printed.

Programs that a machine may lack (Docker, systemd, a cluster's) are stood in for: such a stand-in
only refuses a file of ours that is not there. What Cairn itself is asked to do, it does.
"""

import asyncio
import hashlib
import os
import re
import shutil
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *(page for folder in (ROOT, ROOT / "sandbox") for page in sorted(folder.glob("*.md"))),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("sandbox/docs/**/*.md")),
]
_FENCED = re.compile(
    r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
_WHATEVER = "…"
OF_THE_REPOSITORY = (
    "app.py", "benchmarks", "bot", "config", "docs", "handlers", "pyproject.toml",
    "requirements.lock", "runtime", "sandbox", "script",
)  # fmt: skip
STOOD_IN_FOR = (
    "apt-get", "chown", "docker", "kubectl", "sudo", "systemd-analyze", "useradd", "vault",
)  # fmt: skip

_STAND_IN = """#!{python}
import sys, pathlib
ours = ("deploy/", "config/", "docs/", "script/")
for word in sys.argv[1:]:
    for path in word.split("="):
        if path.startswith(ours) and not pathlib.Path(path).exists():
            sys.exit(f"there is no {{path}}")
"""
_INSTALL = """#!/bin/sh
for word in "$@"; do
  shift
  case "$word" in -o | -g | cairn) ;; *) set -- "$@" "$word" ;; esac
done
exec {install} "$@"
"""
"""As `install`, but for who owns it: the user of a page is not on this machine."""
_PYTHON = """#!/bin/sh
case " $* " in
  *" app.py serve "*)
    setsid {python} "$@" >{folder}/serve.log 2>&1 </dev/null &
    echo $! >>{folder}/pids
    for _ in $(seq 300); do
      {python} app.py health >/dev/null 2>&1 && exit 0
      sleep 0.1
    done
    cat {folder}/serve.log
    exit 1 ;;
esac
exec {python} "$@"
"""
"""As Python, but a bot that serves does so until the end of the page."""


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two fences."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """List the fenced blocks of a page, without the indentation of a list that they stand in."""
    written = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            written[: found.start()].count("\n") + 1,
            found["language"],
            re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
        )
        for found in _FENCED.finditer(written)
    ]


def is_printed(shown: str, said: str) -> bool:
    """Say whether `said` holds the lines of `shown`, where `…` stands for anything."""
    pattern = ".*".join(map(re.escape, shown.strip().split(_WHATEVER)))
    return re.search(pattern, said, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Terminal:
    """A folder that looks like a clone of Cairn, in which a reader types."""

    folder: Path
    environment: dict[str, str]

    async def type(self, commands: str) -> tuple[int, str]:
        """Run a block in a shell that stops at the first failure; the exit code and the words."""
        shell = await asyncio.create_subprocess_exec(
            "bash", "-euo", "pipefail", "-c", commands,
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(shell.communicate(), 300)
        return shell.returncode or 0, said.decode()

    def program(self, name: str, text: str) -> None:
        """Put a program where the reader's shell finds it first."""
        file = self.folder.parent / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def close(self) -> None:
        """End what was started to go on."""
        pids = self.folder.parent / "pids"
        for pid in pids.read_text().split() if pids.exists() else ():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def terminal(
    folder: Path, settings: Mapping[str, str], *, programs: Path | None = None
) -> Terminal:
    """Open a terminal in a fresh folder; `programs` has those of Postgres."""
    clone, binaries = folder / "cairn", folder / "bin"
    (clone / ".venv/bin").mkdir(parents=True)
    binaries.mkdir()
    for name in ("migrations", "deploy"):  # to which a page adds
        shutil.copytree(ROOT / name, clone / name)
    for name in OF_THE_REPOSITORY:
        if (ROOT / name).exists():
            (clone / name).symlink_to(ROOT / name)
    (clone / ".venv/bin/alembic").symlink_to(Path(sys.executable).with_name("alembic"))
    lock = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    (clone / ".venv/.installed").write_text(f"requirements.lock {lock}")  # by script/environment
    path = os.pathsep.join(
        (str(binaries), *(str(one) for one in (programs,) if one), os.environ["PATH"])
    )
    passed_on = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    opened = Terminal(clone, {**passed_on, "PATH": path, "TMPDIR": str(folder), **settings})
    for name in STOOD_IN_FOR:
        opened.program(name, _STAND_IN.format(python=sys.executable))
    opened.program("install", _INSTALL.format(install=shutil.which("install")))
    opened.program("python", _PYTHON.format(python=sys.executable, folder=folder))
    (clone / ".venv/bin/python").symlink_to(binaries / "python")
    return opened
