"""Read everything that a programme can be made of, or say what to fix in the YAML files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from bot.kernel.errors import OperatorFacing
from bot.matching.model import Weights
from bot.people.model import CodeOfConduct
from bot.programme.model import Template
from bot.pulse.model import Instrument
from bot.stages.model import Framework
from config import entries
from config.yaml_files import YamlReader

SHIPPED = Path(__file__).parent
"""The files that come with Cairn."""
FOLDERS = ("frameworks", "instruments", "programmes")
FILES = ("conduct.yaml", "matching.yaml")


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=_Named)


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
    reader = YamlReader(folder, _strays(own) if own else [])
    folders = (folder,) if own is None else (folder, own)
    frameworks, _ = _read_all(reader, folders, "frameworks", entries.framework_from)
    instruments, _ = _read_all(reader, folders, "instruments", entries.instrument_from)
    templates, paths = _read_all(reader, folders, "programmes", entries.template_from)
    conduct = _read_conduct(reader, folders)
    weights = _read_weights(reader, folders)
    if not reader.problems:
        for found in templates.values():
            _refuse_loose_ends(reader, paths[found.id], found, frameworks, instruments)
    if reader.problems or conduct is None:
        raise OperatorFacing("\n".join(reader.problems), permanent=True)
    return Catalogue(
        frameworks=frameworks,
        templates=templates,
        instruments=instruments,
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
    reader = YamlReader()
    template = reader.read(path, entries.template_from)
    if template is not None:
        _refuse_loose_ends(reader, path, template, catalogue.frameworks, catalogue.instruments)
    if template is None or reader.problems:
        raise OperatorFacing("\n".join(reader.problems), permanent=True)
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


def _read_all(
    reader: YamlReader, folders: Sequence[Path], name: str, build: Callable[[object], Entry]
) -> tuple[dict[str, Entry], dict[str, Path]]:
    """Read every *.yaml in `name` of each folder, by its id, and their paths by id.

    They are read in the order of file names; a later folder goes first.
    """
    found: dict[str, Entry] = {}
    paths: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / name).glob("*.yaml")):
            entry = reader.read(path, build)
            if entry is None:
                continue
            if entry.id in paths and paths[entry.id].parent == path.parent:
                taken = f"another file has the id {entry.id} already; choose a different one"
                reader.refuse(path, ["id"], taken)
            found[entry.id], paths[entry.id] = entry, path
    if not found and not reader.problems:
        reader.problems.append(f"{name} holds no .yaml file; put at least one there.")
    return found, paths


def _read_conduct(reader: YamlReader, folders: Sequence[Path]) -> CodeOfConduct | None:
    """Read the code of conduct of the last folder that has one."""
    paths = [folder / "conduct.yaml" for folder in folders]
    path = next((path for path in reversed(paths) if path.exists()), paths[0])
    return reader.read(path, entries.conduct_from)


def _read_weights(reader: YamlReader, folders: Sequence[Path]) -> Weights:
    """Read the weights of the first folder, with those of the second in place of some."""
    weights = Weights()
    for folder in folders:
        path = folder / "matching.yaml"
        if folder is folders[0] or path.exists():
            weights = reader.read(path, partial(entries.weights_from, weights)) or weights
    return weights


def _refuse_loose_ends(
    reader: YamlReader,
    path: Path,
    template: Template,
    frameworks: Mapping[str, Framework],
    instruments: Mapping[str, Instrument],
) -> None:
    """Add a problem for each name in a template behind which there is nothing."""
    for kind, loc, name, there in (
        ("framework", ["framework"], template.framework_id, frameworks),
        ("instrument", ["pulse", "instrument"], template.instrument_id, instruments),
    ):
        if name not in there:
            said = f"names the {kind} {name}, which is not there; use one of {', '.join(there)}"
            reader.refuse(path, loc, said)
    framework = frameworks.get(template.framework_id)
    for stage, _ in template.checkin_every_weeks_by_stage if framework else ():
        if framework and framework.level(stage) is None:
            levels = ", ".join(level.name for level in framework.levels)
            said = (
                f"names the stage {stage}, which {framework.id} does not have; its stages are "
                f"{levels}"
            )
            reader.refuse(path, ["checkins", "every_weeks_by_stage", stage], said)
