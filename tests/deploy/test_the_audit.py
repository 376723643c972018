"""The licences of the reference are those of the lock, and silence is not taken for safety."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from script.advisories import UNKNOWN, verdict
from script.licences import judged, main
from tests.support.source import ROOT

KNOWN = [{"name": "jinja2", "version": "2.11.2", "vulns": [{"id": "PYSEC-2021-66"}]}]
CLEAN = {"name": "aiohttp", "version": "3.14.5", "vulns": []}
BAD = {"name": "idna", "version": "1", "vulns": [{"id": "GHSA-x", "fix_versions": ["2", "3"]}]}
SKIPPED = {"name": "yarl", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("found", "known", "code", "said"),
    [
        ([CLEAN], KNOWN, 0, "No advisory is known for any of the 1 packages."),
        ([CLEAN, BAD], KNOWN, 1, "idna 1: GHSA-x, fixed in 2, 3"),
        ([CLEAN, SKIPPED, BAD], KNOWN, 1, "idna 1: GHSA-x, fixed in 2, 3"),
        (
            [CLEAN, SKIPPED],
            KNOWN,
            2,
            "Nothing is known about yarl; of the others, nothing is found.",
        ),
        ([SKIPPED], [{"name": "jinja2", "skip_reason": "not found"}], 2, f"{UNKNOWN}."),
        ([CLEAN], [{"name": "jinja2", "version": "2.11.2", "vulns": []}], 2, f"{UNKNOWN}."),
        ([], KNOWN, 2, f"{UNKNOWN}."),
        ([], [], 2, f"{UNKNOWN}."),
    ],
)
def test_what_no_service_was_asked_about_is_not_taken_for_safe(
    found: list[dict[str, Any]], known: list[dict[str, Any]], code: int, said: str
) -> None:
    assert verdict(found, known) == (code, [said])


def test_every_package_of_the_lock_is_in_the_reference_with_its_licence() -> None:
    page = (ROOT / "docs/reference/licences.md").read_text()
    lock = (ROOT / "requirements.lock").read_text()
    pinned = re.findall(r"^([a-z0-9.-]+)==(\S+)( ; .*win32.*)?", lock, re.MULTILINE)
    rows = re.findall(r"^\| (?!Package)([\w.-]+) \| ([\w.]+) \| (.+) \|$", page, re.MULTILINE)
    listed = {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version, _ in rows}

    assert {name for name, _, only_windows in pinned if not only_windows} == {n for n, _ in listed}
    assert listed <= {(name, version) for name, version, _ in pinned}
    assert all(judged(licence) == licence for _, _, licence in rows)


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("MIT License", "MIT"),
        ("Apache-2.0 AND MIT", "Apache-2.0 AND MIT"),
        ("Apache Software License; BSD License", "Apache-2.0 AND BSD"),
        ("GPL-3.0-only", None),
        ("MIT AND GPL-3.0-only", None),
        ("UNKNOWN", None),
        ("", None),
    ],
)
def test_a_licence_that_nobody_has_judged_is_none(licence: str, said: str | None) -> None:
    assert judged(licence) == said


def test_a_package_under_such_a_licence_leaves_the_page_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, page = tmp_path / "found.json", tmp_path / "licences.md"
    found.write_text(json.dumps([{"Name": "odd", "Version": "1", "License": "AGPL-3.0"}]))

    assert main(found, page) == 1

    assert capsys.readouterr().err == "odd 1 is under AGPL-3.0; judge it in script/licences.py.\n"
    assert not page.exists()
