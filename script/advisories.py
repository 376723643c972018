"""Read what pip-audit found, and never take an unanswered question for a good answer.

pip-audit ends well, with "no known vulnerabilities", also when no service knew a single package.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

UNKNOWN = (
    "No advisory service could be asked, so nothing is known about vulnerabilities. Run "
    "script/audit where https://pypi.org is reached"
)


def verdict(found: list[dict[str, Any]], known: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """Give the exit code and what to say: 0 nothing found, 1 something, 2 nothing known.

    `known` is the answer about a package that has advisories.
    """
    if not any(one.get("vulns") for one in known) or not found:
        return 2, [f"{UNKNOWN}."]
    skipped = sorted(one["name"] for one in found if "skip_reason" in one)
    lines = [
        f"{one['name']} {one['version']}: {each['id']}"
        + (f", fixed in {', '.join(each['fix_versions'])}" if each.get("fix_versions") else "")
        for one in found
        for each in one.get("vulns", ())
    ]
    if lines:
        return 1, lines
    if skipped:
        return 2, [f"Nothing is known about {', '.join(skipped)}; of the others, nothing is found."]
    return 0, [f"No advisory is known for any of the {len(found)} packages."]


def _answers(path: Path) -> list[dict[str, Any]]:
    try:
        answers: list[dict[str, Any]] = json.loads(path.read_text())["dependencies"]
    except (OSError, ValueError, KeyError):
        return []
    return answers


def main() -> int:
    """Say the verdict on files of pip-audit; gives the exit code."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("found", type=Path)
    given.add_argument("--known", type=Path, required=True)
    files = given.parse_args()
    code, lines = verdict(_answers(files.found), _answers(files.known))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
