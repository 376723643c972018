"""The few places that look at all workspaces at once; everything else is in the scope of one."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYWHERE = {
    "bot/delivery/dispatcher.py": 2,  # claims for whichever workspace has something to send
    "bot/jobs.py": 2,  # what is due anywhere, and when there will be more
    "bot/people/installations.py": 2,  # states of installs, of which no workspace is known yet
    "handlers/edge/inbox.py": 2,  # events that wait, and SELECT 1
    "migrations/env.py": 1,
    "runtime/commands/backup.py": 2,
    "runtime/commands/grants.py": 1,  # tables, and no row
    "runtime/commands/installations.py": 1,
    "runtime/commands/keys.py": 1,
    "runtime/commands/migrate.py": 1,
    "runtime/commands/purge.py": 1,  # which workspaces there are, and were
    "runtime/commands/queue.py": 3,
    "runtime/commands/schema.py": 1,
    "runtime/doctor/database.py": 1,  # what the role may do
    "runtime/doctor/keys.py": 1,  # all that is sealed
    "runtime/doctor/waiting.py": 1,
    "runtime/doctor/workspaces.py": 1,  # which there are
    "runtime/process.py": 2,  # pulse rounds that a stop has left open, and the last restore
    "runtime/rehearsal/copied.py": 1,  # as play.py
    "runtime/rehearsal/play.py": 1,  # a database of its own
    "runtime/stock.py": 1,  # counts for monitoring
    "runtime/tenancy.py": 2,  # whether the vault is the one that belongs to this database
    "runtime/watch.py": 1,  # SELECT 1
}


def test_only_these_places_look_at_all_workspaces() -> None:
    found: Counter[str] = Counter()
    for folder in ("bot", "handlers", "runtime", "migrations", "config", "app.py"):
        path = ROOT / folder
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            calls = [one for one in ast.walk(ast.parse(file.read_text())) if _is_everywhere(one)]
            found[str(file.relative_to(ROOT))] += len(calls)

    assert {name: count for name, count in found.items() if count} == {
        name: count for name, count in EVERYWHERE.items() if count
    }


def _is_everywhere(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
        and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "everywhere"
    )
