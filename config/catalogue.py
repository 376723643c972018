"""Read everything that a programme can be made of, or say what to fix in the YAML files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from bot.kernel.errors import OperatorFacing
from bot.matching.model import Weights
from bot.people.model import CodeOfConduct
from bot.programme.model import Template
from bot.pulse.model import Instrument
from bot.stages.model import Framework
from config import entries
from config.yaml_files import at_field, read_yaml

SHIPPED = Path(__file__).parent
"""The files that come with Cairn."""
FOLDERS = ("frameworks", "instruments", "programmes")
FILES = ("conduct.yaml", "matching.yaml")


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=_Named)


@dataclass(frozen=True, slots=True)
class _FileEntry(Generic[Entry]):
    """An entry of a file, and the file's path."""

    entry: Entry
    path: Path
    root: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Frameworks, templates and instruments by id. Everything that a template names is in it."""

    frameworks: Mapping[str, Framework]
    templates: Mapping[str, Template]
    instruments: Mapping[str, Instrument]
    conduct: CodeOfConduct
    weights: Weights
    """The points for things in common when mentors and mentees are matched."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Count the entries of each folder."""
        all_of_each = (self.frameworks, self.instruments, self.templates)
        return {name: len(found) for name, found in zip(FOLDERS, all_of_each, strict=True)}

    @property
    def stages(self) -> list[str]:
        """Name all stages of all frameworks."""
        return [level.name for one in self.frameworks.values() for level in one.levels]


def load_catalogue(folder: Path = SHIPPED, *, own: Path | None = None) -> Catalogue:
    """Read `frameworks`, `instruments`, `programmes`, `conduct.yaml` and `matching.yaml`.

    `own` is an operator's folder of the same shape, of which any part may be missing: its files
    are added to those in `folder` and go before them where the id, the file or the weight is the
    same. Raises OperatorFacing (permanent) whose reason has one line for each problem, naming the
    file and, where it can, the line and the field.
    """
    problems = _strays(own) if own else []
    folders = (folder,) if own is None else (folder, own)
    frameworks = _read_all(folders, "frameworks", entries.framework_from, problems)
    instruments = _read_all(folders, "instruments", entries.instrument_from, problems)
    templates = _read_all(folders, "programmes", entries.template_from, problems)
    conduct = _read_conduct(folders, problems)
    weights = _read_weights(folders, problems)
    if not problems:
        for found in templates.values():
            problems += _loose_ends(found, _by_id(frameworks), _by_id(instruments))
    if problems or conduct is None:
        raise OperatorFacing("\n".join(problems), permanent=True)
    return Catalogue(
        frameworks=_by_id(frameworks),
        templates=_by_id(templates),
        instruments=_by_id(instruments),
        conduct=conduct,
        weights=weights,
    )


def files_of(own: Path) -> list[str]:
    """Name the files of an operator's folder that are read, as `frameworks/one.yaml`."""
    found = [path for name in FOLDERS for path in sorted((own / name).glob("*.yaml"))]
    found += [own / name for name in FILES if (own / name).exists()]
    return [path.relative_to(own).as_posix() for path in found]


def with_template(catalogue: Catalogue, path: Path) -> tuple[Catalogue, Template]:
    """Add the programme template in the file at `path`, over one of the same id.

    Raises OperatorFacing as `load_catalogue` does.
    """
    template, problems = read_yaml(path, entries.template_from)
    if template is not None:
        found = _FileEntry(template, path)
        problems = _loose_ends(found, catalogue.frameworks, catalogue.instruments)
    if template is None or problems:
        raise OperatorFacing("\n".join(problems), permanent=True)
    templates = {**catalogue.templates, template.id: template}
    return replace(catalogue, templates=templates), template


def _strays(own: Path) -> list[str]:
    """Write a sentence for each thing in an operator's folder that would silently not be read."""
    there = [path for path in sorted(own.iterdir()) if not path.name.startswith(".")]
    strays = [
        path
        for path in there
        if path.name not in (FOLDERS if path.is_dir() else FILES)
        and (path.is_dir() or path.suffix in (".yaml", ".yml"))
    ]
    strays += [path for name in FOLDERS for path in sorted((own / name).glob("*.yml"))]
    problems = [
        f"{path} is not read; Cairn reads {', '.join(FILES)} and the .yaml files in "
        f"{', '.join(FOLDERS)}."
        for path in strays
    ]
    if not problems and not files_of(own):
        problems.append(f"{own} holds nothing that Cairn reads; see CONFIG_DIR in the settings.")
    return problems


def _by_id(found: Mapping[str, _FileEntry[Entry]]) -> Mapping[str, Entry]:
    return {entry_id: one.entry for entry_id, one in found.items()}


def _read_all(
    folders: Sequence[Path],
    name: str,
    build: Callable[[object], Entry],
    problems: list[str],
) -> Mapping[str, _FileEntry[Entry]]:
    """Read every *.yaml in `name` of each folder, by its id; a later folder goes first."""
    found: dict[str, _FileEntry[Entry]] = {}
    for folder in folders:
        found.update(_read_folder(folder / name, build, problems, root=folders[0]))
    if not found and not problems:
        problems.append(f"{name} holds no .yaml file; put at least one there.")
    return found


def _read_folder(
    folder: Path, build: Callable[[object], Entry], problems: list[str], *, root: Path
) -> dict[str, _FileEntry[Entry]]:
    """Read every *.yaml of `folder`, in the order of file names, by its id."""
    found: dict[str, _FileEntry[Entry]] = {}
    for path in sorted(folder.glob("*.yaml")):
        entry, wrong = read_yaml(path, build, root=root)
        problems += wrong
        if entry is None:
            continue
        if entry.id in found:
            taken = f"another file has the id {entry.id} already; choose a different one"
            problems.append(at_field(path, ["id"], taken, root=root))
        found[entry.id] = _FileEntry(entry, path, root)
    return found


def _read_conduct(folders: Sequence[Path], problems: list[str]) -> CodeOfConduct | None:
    """Read the code of conduct of the last folder that has one."""
    paths = [folder / "conduct.yaml" for folder in folders]
    path = next((path for path in reversed(paths) if path.exists()), paths[0])
    conduct, wrong = read_yaml(path, entries.conduct_from, root=folders[0])
    problems += wrong
    return conduct


def _read_weights(folders: Sequence[Path], problems: list[str]) -> Weights:
    """Read the weights of the first folder, with those of the second in place of some."""
    weights = Weights()
    for folder in folders:
        path = folder / "matching.yaml"
        if folder is folders[0] or path.exists():
            found, wrong = read_yaml(path, partial(entries.weights_from, weights), root=folders[0])
            problems += wrong
            weights = found or weights
    return weights


def _loose_ends(
    found: _FileEntry[Template],
    frameworks: Mapping[str, Framework],
    instruments: Mapping[str, Instrument],
) -> list[str]:
    """Write a sentence for each name in a template behind which there is nothing."""
    template = found.entry
    framework = frameworks.get(template.framework_id)

    def lost(loc: list[str], problem: str) -> str:
        return at_field(found.path, loc, problem, root=found.root)

    if framework is None:
        there, name = ", ".join(frameworks), template.framework_id
        said = f"names the framework {name}, which is not there; use one of {there}"
        return [lost(["framework"], said)]
    problems = []
    if template.instrument_id not in instruments:
        there, name = ", ".join(instruments), template.instrument_id
        said = f"names the instrument {name}, which is not there; use one of {there}"
        problems.append(lost(["pulse", "instrument"], said))
    levels = ", ".join(level.name for level in framework.levels)
    there = f"which {framework.id} does not have; its stages are {levels}"
    problems += [
        lost(["checkins", "every_weeks_by_stage", stage], f"names the stage {stage}, {there}")
        for stage, _ in template.checkin_every_weeks_by_stage
        if framework.level(stage) is None
    ]
    return problems
