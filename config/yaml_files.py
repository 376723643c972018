"""Read YAML files so that every problem can name its file, line and field."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

Thing = TypeVar("Thing")


class _Problem(Exception):
    """A problem with a file, as a sentence that starts after the file's name."""


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same loader in C where PyYAML was built with it: ten times as fast."""


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
            self.problems.append(f"{self._named(path)}{problem}.")
            return None
        try:
            return build(content)
        except ValidationError as error:
            for one in error.errors():
                self._refuse(path, node, one["loc"], _said(one["msg"]))
            return None

    def refuse(self, path: Path, loc: Sequence[str], problem: str) -> None:
        """Add the sentence for a problem with one field of a file that was read before."""
        self._refuse(path, _content(path)[0], loc, problem)

    def _refuse(self, path: Path, node: yaml.Node, loc: Sequence[str | int], problem: str) -> None:
        self.problems.append(
            f"{self._named(path)}, line {_line(node, loc)}{_field(loc)}: {problem}."
        )

    def _named(self, path: Path) -> str:
        root = self.root
        return str(path.relative_to(root) if root and path.is_relative_to(root) else path)


def _content(path: Path) -> tuple[yaml.Node, object]:
    """Read the file as YAML nodes, which know their lines, and as plain values. Raises _Problem."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
        content = yaml.SafeLoader("").construct_document(node) if node else None
    except UnicodeError:
        raise _Problem(" is not in UTF-8; save it again as UTF-8") from None
    except OSError:
        raise _Problem(
            " cannot be read; check that it is there and that Cairn may read it"
        ) from None
    except yaml.YAMLError as error:
        raise _Problem(f"{_position(error)}: {_reason(error)}") from None
    if node is None or content is None:
        raise _Problem(" is empty; fill it in or remove it")
    try:
        _refuse_repeated_keys(node)
    except RecursionError:
        raise _Problem(" is nested too deeply; nothing may contain itself") from None
    return node, content


def _position(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return f", line {mark.line + 1}" if mark else ""


def _reason(error: yaml.YAMLError) -> str:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is malformed"
    return f"this is not YAML ({said}); look at the indentation, colons and quotation marks here"


def _refuse_repeated_keys(node: yaml.Node | None) -> None:
    """Raise _Problem where a key stands twice: YAML would silently drop the first."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise _Problem(f", line {line}: {key.value} stands here twice; keep one of them")
            seen.add(key.value)
            _refuse_repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_keys(value)


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
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)
    return f", {text.lstrip('.')}" if text else ""


def _said(message: str) -> str:
    said = message.removeprefix("Value error, ").rstrip(".")
    return said[:1].lower() + said[1:]
