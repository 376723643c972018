"""Everything that a programme can be made of: what the YAML files say, or what to mend in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from bot.kernel.errors import OperatorFacing
from bot.matching.model import Weights
from bot.people.model import CodeOfConduct
from bot.programme.model import Template
from bot.pulse.model import Instrument
from bot.stages.model import Framework
from config.conduct import conduct_from
from config.frameworks import framework_from
from config.instruments import instrument_from
from config.programmes import template_from
from config.weights import weights_from
from config.yaml_files import read_yaml

SHIPPED = Path(__file__).parent
"""The files that come with Cairn."""


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=_Named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What there is to choose from, by id. Everything that a template names is in it."""

    frameworks: Mapping[str, Framework]
    templates: Mapping[str, Template]
    instruments: Mapping[str, Instrument]
    conduct: CodeOfConduct
    weights: Weights
    """What things in common are worth when mentors and mentees are matched."""


def load_catalogue(folder: Path = SHIPPED) -> Catalogue:
    """Read `frameworks`, `instruments` and `programmes` in `folder`, `conduct.yaml` and
    `matching.yaml`.

    Raises OperatorFacing (permanent) whose reason has one line for each problem, naming the file
    and, where it can, the line and the field.
    """
    problems: list[str] = []
    frameworks = _read_all(folder / "frameworks", framework_from, problems)
    instruments = _read_all(folder / "instruments", instrument_from, problems)
    templates = _read_all(folder / "programmes", template_from, problems)
    conduct, wrong = read_yaml(folder / "conduct.yaml", conduct_from)
    problems += wrong
    weights, wrong = read_yaml(folder / "matching.yaml", weights_from)
    problems += wrong
    if not problems:
        for template in templates.values():
            problems += _loose_ends(template, frameworks, instruments)
    if problems or conduct is None or weights is None:
        raise OperatorFacing("\n".join(problems), permanent=True)
    return Catalogue(
        frameworks=frameworks,
        templates=templates,
        instruments=instruments,
        conduct=conduct,
        weights=weights,
    )


def with_template(catalogue: Catalogue, path: Path) -> tuple[Catalogue, Template]:
    """The catalogue with the programme template in the file at `path`, over one of the same id.

    Raises OperatorFacing as `load_catalogue` does.
    """
    template, problems = read_yaml(path, template_from)
    if template is not None:
        problems = _loose_ends(template, catalogue.frameworks, catalogue.instruments)
    if template is None or problems:
        raise OperatorFacing("\n".join(problems), permanent=True)
    templates = {**catalogue.templates, template.id: template}
    return replace(catalogue, templates=templates), template


def _read_all(
    folder: Path, build: Callable[[object], Entry], problems: list[str]
) -> Mapping[str, Entry]:
    """Every *.yaml of `folder`, in the order of file names, by its id."""
    found: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        entry, wrong = read_yaml(path, build)
        problems += wrong
        if entry is None:
            continue
        if entry.id in found:
            problems.append(
                f"{folder.name}/{path.name}, id: another file has the id {entry.id} already; "
                "choose a different one."
            )
        found[entry.id] = entry
    if not found and not problems:
        problems.append(f"{folder.name} holds no .yaml file; put at least one there.")
    return found


def _loose_ends(
    template: Template,
    frameworks: Mapping[str, Framework],
    instruments: Mapping[str, Instrument],
) -> list[str]:
    """A sentence for each name in `template` behind which there is nothing."""
    where = f"The programme template {template.id}"
    framework = frameworks.get(template.framework_id)
    if framework is None:
        there = ", ".join(frameworks)
        lost = template.framework_id
        return [f"{where} names the framework {lost}, which is not there; use one of {there}."]
    problems = []
    if template.instrument_id not in instruments:
        problems.append(
            f"{where} names the instrument {template.instrument_id}, which is not there; use one "
            f"of {', '.join(instruments)}."
        )
    levels = [level.name for level in framework.levels]
    problems += [
        f"{where} names the stage {stage}, which {framework.id} does not have; its stages are "
        f"{', '.join(levels)}."
        for stage, _ in template.checkin_every_weeks_by_stage
        if framework.level(stage) is None
    ]
    return problems
