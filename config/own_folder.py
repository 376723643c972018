"""An operator's own folder of configuration: what is read of it, and what is not."""

import os
from pathlib import Path

from config.papers import FOLDER as LETTERS
from config.papers import WORDING, is_paper

FOLDERS = ("frameworks", "instruments", "programmes")
FILES = ("conduct.yaml", "consent.yaml", "matching.yaml", "peers.yaml")


def is_there(path: Path) -> bool:
    """Say whether something of this name is there, if only a link that leads nowhere."""
    return os.path.lexists(path)


def files_of(own: Path) -> list[str]:
    """Name the files of an operator's folder that are read, as `frameworks/one.yaml`."""
    found = [path for name in FOLDERS for path in sorted((own / name).glob("*.yaml"))]
    found += [path for path in sorted((own / LETTERS).glob("*")) if is_paper(path)]
    found += [own / name for name in FILES if is_there(own / name)]
    return [path.relative_to(own).as_posix() for path in found]


def strays_in(own: Path) -> list[str]:
    """Write a sentence for each thing in an operator's folder that would silently not be read."""
    try:
        there = [path for path in sorted(own.iterdir()) if not path.name.startswith(".")]
    except OSError:
        return [f"{own} cannot be read; check that it is there and that Cairn may read it."]
    strays = [
        path
        for path in there
        if path.name not in ((*FOLDERS, LETTERS) if path.is_dir() else FILES)
        and (path.is_dir() or path.suffix in (".yaml", ".yml"))
    ]
    strays += [path for name in FOLDERS for path in sorted((own / name).glob("*.yml"))]
    strays += [
        path for path in sorted((own / LETTERS).glob("*")) if path.is_file() and not is_paper(path)
    ]
    problems = [
        f"{quoted_path(path)} is not read; Cairn reads {', '.join(FILES)} and the .yaml files in "
        f"{', '.join(FOLDERS)}; in {LETTERS}, {WORDING}, its logo and the .typ files."
        for path in strays
    ]
    problems += [
        f"{path} cannot be read; check that it is a folder and that Cairn may read it."
        for path in (own / name for name in (*FOLDERS, LETTERS))
        if is_there(path) and not os.access(path, os.R_OK | os.X_OK)
    ]
    if not problems and not files_of(own):
        problems.append(f"{own} holds nothing that Cairn reads; see CONFIG_DIR in the settings.")
    return problems


def quoted_path(path: Path) -> str:
    """Write a path as far as it can be read in a sentence."""
    return "".join(one if one.isprintable() else "·" for one in str(path))
