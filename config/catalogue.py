"""Read everything that a programme can be made of, or say what to fix in the YAML files."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml
from pydantic import ValidationError

from bot.kernel.errors import OperatorFacing
from bot.kernel.words import cut
from bot.matching.model import Weights
from bot.peers.model import PeerQuestions
from bot.people.model import CodeOfConduct
from bot.portfolio.model import Papers
from bot.programme.model import Template
from bot.pulse.model import Instrument
from bot.research.model import ConsentText
from bot.stages.model import Framework
from config import entries
from config.consent import consent_from
from config.files import UnreadableFile, read_text
from config.own_folder import FOLDERS, is_there, quoted_path, strays_in
from config.papers import read_papers
from config.peer_questions import peer_questions_from

SHIPPED = Path(__file__).parent
"""The files that come with Cairn."""


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Thing = TypeVar("Thing")
Entry = TypeVar("Entry", bound=_Named)


class _Problem(Exception):
    """A problem with a file, as a sentence that starts after the file's name."""


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same loader in C where PyYAML was built with it: ten times as fast."""
_TEXT = "tag:yaml.org,2002:str"
MOST_BYTES = 200_000
"""Ten times the longest file that ships."""
DEEPEST = 10
"""Twice as deep as any file that ships."""
LARGEST = 1e18
_NO_WORDS = "must be words; put it in quotation marks, since a colon or a number is read otherwise"
MOST_QUOTED, MOST_SAID = 60, 240
MOST_PROBLEMS = 10
"""Of one file, told one by one."""


@dataclass(slots=True)
class YamlReader:
    """Reads files and gathers a sentence for each problem. A file in `root` is named from there."""

    root: Path | None = None
    problems: list[str] = field(default_factory=list)

    def read(self, path: Path, build: Callable[[object], Thing]) -> Thing | None:
        """Build a thing from the file's content, or give None where there are problems with it.

        `build` raises pydantic.ValidationError for fields it cannot take.
        """
        try:
            node, content = _content(path)
        except _Problem as problem:
            self.problems.append(f"{self.named(path)}{problem}.")
            return None
        try:
            return build(content)
        except ValidationError as error:
            errors = error.errors()
            for one in errors[:MOST_PROBLEMS]:
                said = _NO_WORDS if one["type"] == "string_type" else _said(one["msg"])
                self._refuse(path, node, one["loc"], said)
            if more := len(errors[MOST_PROBLEMS:]):
                self.problems.append(f"{self.named(path)} has {more} more problems.")
            return None

    def refuse(self, path: Path, loc: Sequence[str], problem: str) -> None:
        """Add the sentence for a problem with one field of a file that was read before."""
        self._refuse(path, _content(path)[0], loc, problem)

    def _refuse(self, path: Path, node: yaml.Node, loc: Sequence[str | int], problem: str) -> None:
        self.problems.append(
            f"{self.named(path)}, line {_line(node, loc)}{_field(loc)}: {problem}."
        )

    def named(self, path: Path) -> str:
        """Give the path as an operator knows it."""
        root = self.root
        return quoted_path(path.relative_to(root) if root and path.is_relative_to(root) else path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Frameworks, templates and instruments by id. Everything that a template names is in it."""

    frameworks: Mapping[str, Framework]
    templates: Mapping[str, Template]
    instruments: Mapping[str, Instrument]
    conduct: CodeOfConduct
    consent: ConsentText
    weights: Weights
    """The points for things in common when mentors and mentees are matched."""
    papers: Papers
    """The making of letters and portfolios."""
    peer_questions: PeerQuestions

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
    """Read `frameworks`, `instruments`, `programmes`, `letters`, and `conduct.yaml`,
    `consent.yaml`, `matching.yaml` and `peers.yaml`.

    `own` is an operator's folder of the same shape, of which any part may be missing: its files
    are added to those in `folder` and go before them where the id, the file or the weight is the
    same. Raises OperatorFacing (permanent) whose reason has one line for each problem, naming the
    file and, where it can, the line and the field.
    """
    return _shipped() if folder == SHIPPED and own is None else _loaded(folder, own)


@cache
def _shipped() -> Catalogue:
    """Read what comes with Cairn, once: it does not change while a process runs."""
    return _loaded(SHIPPED, None)


def _loaded(folder: Path, own: Path | None) -> Catalogue:
    reader = YamlReader(folder, strays_in(own) if own else [])
    folders = (folder,) if own is None else (folder, own)
    frameworks, _ = _read_all(reader, folders, "frameworks", entries.framework_from)
    instruments, _ = _read_all(reader, folders, "instruments", entries.instrument_from)
    templates, paths = _read_all(reader, folders, "programmes", entries.template_from)
    conduct = _read_last(reader, folders, "conduct.yaml", entries.conduct_from)
    consent = _read_last(reader, folders, "consent.yaml", consent_from)
    weights = _read_weights(reader, folders)
    peers = _read_last(reader, folders, "peers.yaml", peer_questions_from)
    papers = read_papers(reader.read, folders, reader.problems, named=reader.named)
    if not reader.problems:
        for found in templates.values():
            _refuse_loose_ends(reader, paths[found.id], found, frameworks, instruments)
    if reader.problems or conduct is None or consent is None or papers is None or peers is None:
        raise OperatorFacing("\n".join(reader.problems), permanent=True)
    return Catalogue(
        frameworks=frameworks,
        templates=templates,
        instruments=instruments,
        conduct=conduct,
        consent=consent,
        weights=weights,
        papers=papers,
        peer_questions=peers,
    )


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


def _read_last(
    reader: YamlReader, folders: Sequence[Path], name: str, build: Callable[[object], Thing]
) -> Thing | None:
    """Read the file of the last folder that has one of this name."""
    paths = [folder / name for folder in folders]
    path = next((path for path in reversed(paths) if is_there(path)), paths[0])
    return reader.read(path, build)


def _read_weights(reader: YamlReader, folders: Sequence[Path]) -> Weights:
    """Read the weights of the first folder, with those of the second in place of some."""
    weights = Weights()
    for folder in folders:
        path = folder / "matching.yaml"
        if folder is folders[0] or is_there(path):
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


def _content(path: Path) -> tuple[yaml.Node, object]:
    """Read the file as YAML nodes, which know their lines, and as plain values. Raises _Problem."""
    try:
        text = read_text(path, most_bytes=MOST_BYTES)
    except UnreadableFile as problem:
        raise _Problem(f" {problem}") from None
    try:
        _refuse_what_expands(text)
        node = yaml.compose(text, Loader=_LOADER)
        if node is not None:
            _refuse_keys(node)
            _refuse_scalars(node)
        content = yaml.SafeLoader("").construct_document(node) if node else None
    except yaml.YAMLError as error:
        raise _Problem(f"{_position(error)}: {_reason(error)}") from None
    if node is None or content is None:
        raise _Problem(" is empty; fill it in or remove it")
    return node, content


def _refuse_what_expands(text: str) -> None:
    """Raise _Problem, before anything is built, for what may be small here and endless in memory.

    What is nested too deeply would overflow the stack of the parser in C, and end the process.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _at(event.start_mark, "refers to another place; write here what stands there")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _at(event.start_mark, f"is nested more than {DEEPEST} deep; bring it closer")


def _at(mark: Any, problem: str) -> _Problem:
    return _Problem(f", line {mark.line + 1}: this {problem}")


def _refuse_scalars(node: yaml.Node) -> None:
    """Raise _Problem for a date or number that does not exist, which Python would fail on."""
    for one in _nodes(node):
        if not isinstance(one, yaml.ScalarNode) or one.tag == _TEXT:
            continue
        try:
            value = yaml.SafeLoader("").construct_object(one)
        except yaml.YAMLError:
            raise
        except (ValueError, OverflowError, LookupError, AttributeError):
            value = math.nan
        if isinstance(value, int | float) and not abs(value) < LARGEST:
            what = f"{_quoted(one.value)} is no date or number that there is"
            raise _Problem(f", line {one.start_mark.line + 1}: {what}; correct it")


def _nodes(node: yaml.Node) -> Iterator[yaml.Node]:
    """Give the node and all beneath it."""
    yield node
    if isinstance(node, yaml.CollectionNode):
        for one in node.value:
            for inner in one if isinstance(node, yaml.MappingNode) else (one,):
                yield from _nodes(inner)


def _position(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f", line {mark.line + 1}" if mark else ""


def _reason(error: yaml.YAMLError) -> str:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is malformed"
    return (
        f"this is not YAML ({_quoted(said)}); look at the indentation, colons and "
        "quotation marks here"
    )


def _refuse_keys(node: yaml.Node) -> None:
    """Raise _Problem where a key stands twice, since YAML would drop the first, or is no word."""
    for one in _nodes(node):
        seen: set[str] = set()
        for key, _ in one.value if isinstance(one, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key.start_mark, "is a list where a name belongs; write one word")
            if key.value in seen:
                said = f"{_quoted(key.value)} stands here twice; keep one of them"
                raise _Problem(f", line {key.start_mark.line + 1}: {said}")
            seen.add(key.value)


def _line(node: yaml.Node | None, loc: Sequence[Any]) -> int:
    """Find the line, from 1, of the deepest part of `loc` that the file has."""
    found = node
    line = 1
    for part in loc:
        inner: yaml.Node | None = None
        if isinstance(found, yaml.MappingNode):
            for key, value in found.value:
                if str(key.value) == str(part):
                    inner, line = value, key.start_mark.line + 1
        elif isinstance(found, yaml.SequenceNode) and isinstance(part, int):
            inner = found.value[part] if part < len(found.value) else None
            line = inner.start_mark.line + 1 if inner else line
        if inner is None:
            return line
        found = inner
    return line


def _field(loc: Sequence[Any]) -> str:
    """Write `, levels[2].name`, counted from 1 as people count; nothing for the file as a whole."""
    text = "".join(
        f"[{part + 1}]" if isinstance(part, int) else f".{_quoted(part)}" for part in loc
    )
    return f", {text.lstrip('.')}" if text else ""


def _said(message: str) -> str:
    said = _quoted(message.removeprefix("Value error, ").rstrip("."), most=MOST_SAID)
    return said[:1].lower() + said[1:]


def _quoted(text: str, *, most: int = MOST_QUOTED) -> str:
    """Write what stands in a file as far as it can be read in a sentence."""
    return cut("".join(one if one.isprintable() else "·" for one in str(text)), most)
