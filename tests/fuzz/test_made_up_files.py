"""Files and settings that nobody wrote: one sentence each time, soon, in little memory.

`--fuzz 1000000` makes it long, `--fuzz-seed` draws other files.
"""

import gc
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.kernel.errors import OperatorFacing
from bot.people.roster import read_roster
from bot.people.roster_text import UnreadableRoster, read_table
from config.catalogue import load_catalogue
from config.settings import load_settings
from tests.fuzz import files
from tests.fuzz.campaign import resident_mb

SHARE = 5
"""A case of files for so many cases of requests."""
WITHIN_S = 15.0
LONGEST_SENTENCE = 600
MOST_GROWTH_MB = 60


def is_a_sentence(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_SENTENCE
        and "Traceback" not in text
        and not re.search(r"[\x00-\x1f\x7f]", text)
    )


def catalogue_case(rng: random.Random, folder: Path) -> list[str]:
    name, content = files.yaml_file(rng)
    own = folder / "own"
    path = own / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        load_catalogue(_few_files(folder / "shipped"), own=own)
    except OperatorFacing as refusal:
        return refusal.reason.split("\n")
    finally:
        path.unlink()
    return []


FEW = (
    *("frameworks/miller_is.yaml", "instruments/safety.yaml", "programmes/term_12.yaml"),
    *("conduct.yaml", "consent.yaml", "matching.yaml", "peers.yaml"),
)


def _few_files(folder: Path) -> Path:
    """A catalogue of one file of each kind, which is soon read."""
    if not folder.exists():
        for name in FEW:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files.SHIPPED_FILES[name])
    return folder


def settings_case(rng: random.Random, folder: Path) -> list[str]:
    environ, content = files.settings(rng)
    (folder / ".env").write_bytes(content)
    try:
        load_settings(environ, env_file=folder / ".env")
    except OperatorFacing as refusal:
        return refusal.reason.split("\n")
    return []


def roster_case(rng: random.Random, _folder: Path) -> list[str]:
    name, content = files.roster(rng)
    try:
        reading = read_roster(read_table(content, filename=name))
    except UnreadableRoster as refusal:
        return [str(refusal)]
    return [str(note) for note in (*reading.problems, *reading.warnings)]


@pytest.mark.parametrize("case", [catalogue_case, settings_case, roster_case])
def test_whatever_is_in_a_file_is_taken_or_refused_in_sentences(
    case: Callable[[random.Random, Path], list[str]],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    cases, seed = (request.config.getoption(one) for one in ("--fuzz", "--fuzz-seed"))
    memory_mb, refused = 0.0, 0

    for number in range(max(30, cases // SHARE)):
        rng, began = random.Random(f"{seed}:{number}"), time.process_time()
        try:
            sentences = case(rng, tmp_path)
        except Exception as failure:
            raise AssertionError(f"seed {seed}, case {number}") from failure
        took_s = time.process_time() - began
        odd = [one for one in sentences if not is_a_sentence(one)]
        refused += bool(sentences)
        assert not odd, f"seed {seed}, case {number}: {odd[0]!r:.2000}"
        assert took_s < WITHIN_S, f"seed {seed}, case {number} took {took_s:.1f} s"
        if number == 20:
            gc.collect()
            memory_mb = resident_mb()

    gc.collect()
    assert refused
    assert resident_mb() - memory_mb < MOST_GROWTH_MB
