"""One word, one meaning: names come from the glossary, and soft words name nothing."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.source import PRODUCT, ROOT, files_in, tree_of

GLOSSARY = ROOT / "docs/reference/glossary.md"
CORE = (ROOT / "bot", ROOT / "handlers")

PLAIN_NOUNS = {
    "action", "answer", "approval", "arrangement", "array", "audit", "authorization", "backlog",
    "block", "bot", "calendar", "call", "candidate", "case", "cause", "certificate", "change",
    "channel", "checks", "choice", "client", "clock", "closing", "codebook", "column", "commit",
    "composition", "course", "cover", "csv", "cursor", "daily", "data", "database", "delivery",
    "design", "detail", "disclosure", "dispatch", "dispatcher", "display", "download", "edge",
    "erasure", "error", "fact", "figure", "file", "files", "folder", "folding", "form", "free",
    "handler", "hashicorp", "heartbeat", "holding", "home", "id", "identity", "import", "install",
    "installation", "inventory", "job", "joining", "json", "kernel", "key", "lease", "link",
    "listener", "local", "log", "matching", "menu", "message", "messenger", "model", "my",
    "network", "off", "outcome", "outside", "overview", "pace", "package", "page", "paper",
    "papers", "patient", "people", "permission", "plan", "port", "portfolio", "postgres",
    "preference", "preview", "purge", "query", "queue", "reading", "reason", "recipient",
    "recovery", "refusal", "register", "reply", "research", "result", "retention", "role", "rule",
    "scoring", "sealing", "search", "seating", "sending", "service", "sheet", "slack", "solver",
    "source", "sqlite", "starter", "store", "table", "text", "trend", "typesetting", "upkeep",
    "use", "uses", "view", "weekly", "word", "zone",
}  # fmt: skip
"""What a module may be called beside the glossary's words, and what may qualify it."""

NOWHERE = re.compile(
    r"settl(e|es|ed|ing|ement)|standing|circles?|ways?|means|terms|places?|rooms?|rests?|"
    r"wakes?|woken|parts?|mend(s|ed|ing)?"
)
NOT_ALONE = {"one", "found", "kept", "held"}
IN_NO_CLASS = NOT_ALONE | {"field"}
"""A form has fields; nothing else is one."""
IDIOMS = {"under_way", "takes_part", "taking_part"}
RHYTHM = {
    "bot/checkins/prompts.py",
    "bot/delivery/paces.py",
    "bot/people/preferences.py",
    "bot/schedule/model.py",
    "handlers/blocks.py",
    "handlers/checkins/views.py",
    "handlers/people/views.py",
}
"""Where a rhythm is what it is: a member's own choice of when they are written to."""


def words_of(name: str) -> list[str]:
    """`OwnRhythm` and `own_rhythm` are both own and rhythm."""
    return [word.lower() for word in re.findall(r"[A-Z]*[a-z0-9]+|[A-Z]+", name)]


def singular(word: str) -> str:
    return re.sub(r"ies$", "y", word.replace("-", "")).removesuffix("s")


def glossary() -> set[str]:
    terms = re.findall(r"^\| (?!Word )([^|]+) \|", GLOSSARY.read_text(), re.MULTILINE)
    return {singular(word) for term in terms for word in re.split(r"[ ,]+", term)}


def classes(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                yield node.name


def functions(path: Path) -> Iterator[str]:
    """The names of the file's functions and methods, private ones aside."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            yield node.name


def twice(paths: Iterable[Path]) -> set[str]:
    """Class names that stand in more than one place."""
    return {name for name, count in Counter(classes(paths)).items() if count > 1}


def unknown_modules(paths: Iterable[Path], known: set[str]) -> set[str]:
    """Names of modules and folders, a word of which is not in `known`."""
    names = {part for path in paths for part in path.relative_to(ROOT).with_suffix("").parts}
    return {
        name
        for name in names - {"__init__"}
        if any(singular(word) not in known for word in name.split("_"))
    }


def soft(paths: Iterable[Path], *, root: Path) -> set[str]:
    """Names of modules, classes and public functions that hold a word which names nothing."""
    return {name for path in paths for name in _soft_in(path, root)}


def _soft_in(path: Path, root: Path) -> Iterator[str]:
    is_its_own = str(path.relative_to(root)) in RHYTHM
    class_names = set(classes([path]))
    modules = path.relative_to(root).with_suffix("").parts
    for name in {*class_names, *functions(path), *modules} - IDIOMS:
        words = set(words_of(name))
        if (
            any(NOWHERE.fullmatch(word) for word in words)
            or (IN_NO_CLASS & words if name in class_names else name in NOT_ALONE)
            or (not is_its_own and {"rhythm", "rhythms"} & words)
        ):
            yield name


def test_the_glossary_says_each_word_once() -> None:
    terms = re.findall(r"^\| (?!Word )([^|]+) \|", GLOSSARY.read_text(), re.MULTILINE)

    assert len(terms) > 40
    assert [term for term, count in Counter(terms).items() if count > 1] == []


def test_no_class_of_the_core_and_the_edge_has_the_name_of_another() -> None:
    paths = list(files_in(*CORE))

    assert len(list(classes(paths))) > 200
    assert twice(paths) == set()


def test_modules_are_named_by_words_of_the_glossary_or_plain_nouns() -> None:
    known = glossary() | {singular(word) for word in PLAIN_NOUNS}

    assert unknown_modules(files_in(*CORE), known) == set()


def test_no_plain_noun_is_kept_that_no_module_needs() -> None:
    used = {
        singular(word)
        for path in files_in(*CORE)
        for part in path.relative_to(ROOT).with_suffix("").parts
        for word in part.split("_")
    }

    assert sorted(word for word in PLAIN_NOUNS if singular(word) not in used) == []
    assert sorted(word for word in PLAIN_NOUNS if singular(word) in glossary()) == []


def test_soft_words_name_nothing() -> None:
    paths = files_in(*(ROOT / name for name in PRODUCT))

    assert soft(paths, root=ROOT) == set()


@pytest.mark.parametrize(
    ("file", "line", "name"),
    [
        ("bot/groups/upkeep.py", "async def settle_in(): ...", "settle_in"),
        ("bot/groups/upkeep.py", "class Settled: ...", "Settled"),
        ("bot/people/model.py", "class OwnRhythm: ...", "OwnRhythm"),
        ("bot/people/model.py", "class _Found: ...", "_Found"),
        ("bot/people/model.py", "class KeptProposal: ...", "KeptProposal"),
        ("bot/people/model.py", "def one(): ...", "one"),
        ("bot/people/settling.py", "", "settling"),
        ("bot/rooms/model.py", "", "rooms"),
    ],
)
def test_a_soft_word_is_seen(tmp_path: Path, file: str, line: str, name: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(f"def replace(): ...\ndef seat_found(): ...\n{line}\n")

    assert soft([path], root=tmp_path) == {name}


def test_a_class_name_that_stands_twice_is_seen(tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text("class Seat: ...\n")
    (tmp_path / "two.py").write_text("class Seat: ...\nclass Pairing: ...\n")

    assert twice(files_in(tmp_path)) == {"Seat"}


def test_a_module_with_a_word_of_its_own_is_seen() -> None:
    paths = [ROOT / "bot/people/vibes.py", ROOT / "bot/people/member.py"]

    assert unknown_modules(paths, {"bot", "people", "member"}) == {"vibes"}


NO_SUBJECT = re.compile(r"(Who|Whom|Whose|Whoever|What|Whatever)\b")
"""Plain English begins with the thing or the verb."""


def first_lines(path: Path) -> Iterator[str]:
    """The first lines of docstrings: of modules, classes, functions, and of what is assigned."""
    for node in ast.walk(tree_of(path)):
        body = getattr(node, "body", None)
        for number, statement in enumerate(body if isinstance(body, list) else []):
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            is_doc = number == 0 or isinstance(node, ast.Module | ast.ClassDef)
            if is_text and is_doc and isinstance(statement.value.value, str):
                yield statement.value.value.strip().split("\n")[0]


def roundabout(paths: Iterable[Path]) -> list[str]:
    """First lines that begin with a clause in place of a thing or a verb."""
    return sorted(line for path in paths for line in first_lines(path) if NO_SUBJECT.match(line))


def test_docstrings_begin_with_a_thing_or_a_verb() -> None:
    paths = [*files_in(*(ROOT / name for name in PRODUCT)), *files_in(ROOT / "migrations")]

    assert roundabout(paths) == []


def test_a_roundabout_docstring_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "one.py"
    path.write_text(
        '"""What is here."""\nA = 1\n"""Who is asked."""\n\n\nclass B:\n    """Whoever comes."""\n'
        '    c: int\n    """A number."""\n\n    def d(self) -> None:\n'
        '        """Whatever it is."""\n'
    )

    found = ["Whatever it is.", "What is here.", "Who is asked.", "Whoever comes."]
    assert roundabout([path]) == sorted(found)
