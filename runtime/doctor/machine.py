"""Look at what lies on this machine: programmes to choose from, and room on its disks."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.checkins.prompts import ENOUGH
from bot.kernel.database import database_url
from bot.kernel.words import listed, plural
from bot.stages.model import Framework
from config.catalogue import load_catalogue
from config.own_folder import FILES, files_of
from runtime.doctor.findings import Finding, fix, well
from runtime.tenancy import Options

ENOUGH_QUESTIONS = 9
"""For mentors at one stage: none is one of the last eight."""
SPARE_BYTES = 200_000_000
"""Besides as much again as the database, which clearing it out and a backup take for a while."""
FEWEST_FILES = 100
KEYS_BYTES = 10_000_000


def programmes(options: Options) -> Iterator[Finding]:
    """Count what programmes can be made of, and the operator's own files among it."""
    own = options.config_folder
    catalogue = load_catalogue(own=own)
    sentence = f"There are {_contents(catalogue.counts)} to choose from."
    if own is not None:
        own_counts = Counter(name.split("/")[0] for name in files_of(own))
        sentence += f" {own} adds or replaces {_contents(own_counts)}."
    yield well(sentence + "".join(map(_repeats, catalogue.frameworks.values())))


def _repeats(framework: Framework) -> str:
    """Say how much of a framework has so few questions that they come again soon, if any has."""
    levels = framework.levels
    lenses = [each for level in levels for each in level.lenses]
    prompts = sum(len(each.prompts) < ENOUGH for each in lenses)
    questions = sum(len(level.mentor_questions) < ENOUGH_QUESTIONS for level in levels)
    if not prompts and not questions:
        return ""
    return (
        f" Questions of {framework.id} come again soon: {plural(prompts, 'list')} of prompts under "
        f"{ENOUGH}, {plural(questions, 'list')} of questions for mentors under "
        f"{ENOUGH_QUESTIONS}."
    )


def _contents(counts: Mapping[str, int]) -> str:
    """Say `2 frameworks, 1 programme and matching.yaml`."""
    return listed(
        name if name in FILES else plural(count, name.removesuffix("s"))
        for name, count in counts.items()
    )


def disks(options: Options) -> Iterator[Finding]:
    """Look for room where the database and the keys lie."""
    if (file := sqlite_file(options)) is not None:
        size = file.stat().st_size if file.is_file() else 0
        yield _room(file.parent, "the database", size + SPARE_BYTES)
    if options.vault is None:
        yield _room(options.key_folder, "the keys", KEYS_BYTES)


def sqlite_file(options: Options) -> Path | None:
    """Name the file of the database; None for Postgres."""
    url = database_url(options.database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(url.database or "") if is_file else None


def there(path: Path) -> Path:
    """Find the folder that is there already: this one, or the nearest above it."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())


def _room(folder: Path, what: str, needed_bytes: int) -> Finding:
    volume = there(folder)
    free_bytes = shutil.disk_usage(volume).free
    free = f"{free_bytes / 1e9:.1f} GB" if free_bytes >= 1e9 else f"{free_bytes / 1e6:.0f} MB"
    if free_bytes < needed_bytes:
        return fix(
            f"Only {free} are free at {volume}, where {what} "
            f"{'lie' if what.endswith('s') else 'lies'}, and {needed_bytes / 1e6:.0f} MB are "
            "needed; make room, or move to a larger disk"
        )
    files = os.statvfs(volume)
    if files.f_files and files.f_favail < FEWEST_FILES:
        return fix(
            f"Only {files.f_favail} more files can be made at {volume}, where {what} "
            f"{'lie' if what.endswith('s') else 'lies'}; delete what is not needed there"
        )
    return well(f"{free} are free at {volume}, for {what}.")
