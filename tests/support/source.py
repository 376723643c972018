"""Read Cairn's own source as syntax trees, for rules that no linter checks."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("app.py", "bot", "config", "handlers", "runtime")


def files_in(*paths: Path) -> Iterator[Path]:
    """Every Python file among `paths` and in the folders among them, in order."""
    for path in paths:
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def product() -> list[Path]:
    """Every Python file that is deployed."""
    return list(files_in(*(ROOT / name for name in PRODUCT)))


@cache
def tree_of(path: Path) -> ast.Module:
    """The file's syntax tree, read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path, root: Path) -> str:
    """`bot.people.store` for bot/people/store.py, `bot.people` for its __init__.py."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, root: Path) -> Iterator[tuple[str, str | None]]:
    """Each import of the file as (module, name): ("a.b", "c") for `from a.b import c`.

    Imports inside functions and under TYPE_CHECKING are among them.
    """
    package = module_name(path, root).split(".")
    package = package if path.name == "__init__.py" else package[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)


def imports_between(root: Path, *names: str) -> Mapping[str, frozenset[str]]:
    """Which module runs which by importing it, among the files and packages `names` in `root`."""
    files = {module_name(path, root): path for path in files_in(*(root / name for name in names))}

    def run_by(module: str, path: Path) -> Iterator[str]:
        for source, name in imported(path, root):
            is_module = f"{source}.{name}" in files
            full = f"{source}.{name}" if is_module else source
            yield full
            # What is passed on the way runs, too; a module's own packages do so already.
            passed = full.split(".")
            packages = (".".join(passed[:end]) for end in range(1, len(passed)))
            yield from (one for one in packages if not f"{module}.".startswith(f"{one}."))

    return {
        module: frozenset(run_by(module, path)) & files.keys() - {module}
        for module, path in files.items()
    }


def circles(imports: Mapping[str, frozenset[str]]) -> list[tuple[str, ...]]:
    """Every set of modules in which each leads to each (Tarjan's strong components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    found: list[tuple[str, ...]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        path.append(module)
        for other in sorted(imports[module]):
            if other not in index:
                visit(other)
            if other in path:
                low[module] = min(low[module], low[other])
        if low[module] == index[module]:
            at = path.index(module)
            component = tuple(sorted(path[at:]))
            del path[at:]
            if len(component) > 1:
                found.append(component)

    for module in imports:
        if module not in index:
            visit(module)
    return sorted(found)


def strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every string constant that is not a docstring."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield from [node] if isinstance(node.value, str) else []
