"""Judge the licences of the packages that run in production, and write them into the reference."""

import json
import re
import sys
from pathlib import Path
from typing import TypedDict

FREE = {
    "0BSD": "0BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache-2.0": "Apache-2.0",
    "BSD": "BSD",
    "BSD License": "BSD",
    "BSD-2-Clause": "BSD-2-Clause",
    "BSD-3-Clause": "BSD-3-Clause",
    "CC0-1.0": "CC0-1.0",
    "ISC": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
    "MIT-0": "MIT-0",
    "PSF-2.0": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Zlib": "Zlib",
}
"""Licences that ask for their text and notices alone, as pip-licenses says them and by SPDX."""
CONDITIONS = {
    "LGPL-3.0-only": "LGPL-3.0-only",
    "MPL-2.0": "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Licences that go with MIT on conditions, which the page names."""
SAID_IN_THEIR_FILE = {"pyrage": "MIT"}
"""Packages whose own description names no licence, as read in the file LICENSE that they bring."""
INTRODUCTION = """# Licences

Cairn is under the [MIT licence](../../LICENSE). These packages run with it in production,
written by `script/audit` from `requirements.lock`. None is changed, and each lies in the image,
or in `.venv`, as its authors published it, with its licence.

Packages under MIT, BSD, ISC, Apache-2.0, PSF, Zlib and CC0 licences may be passed on with a
program under MIT if their texts and notices stay with them. Two licences ask for more:

- **LGPL-3.0** (`psycopg`, which speaks to Postgres): whoever passes it on passes on its licence
  and its source or the way to it, and lets it be replaced by another version. It is a package
  by itself, which `pip` replaces. `psycopg-binary` holds libpq (PostgreSQL licence) and OpenSSL
  (Apache-2.0), too.
- **MPL-2.0** (`certifi`, a list of authorities): its files stay under it, and are not changed
  here.

The image also holds Python (PSF-2.0), Debian's packages with their own licences under
`/usr/share/doc`, and the Noto fonts (OFL-1.1).

| Package | Version | Licence |
|---|---|---|
"""


class Package(TypedDict):
    """A package as pip-licenses describes it."""

    Name: str
    Version: str
    License: str


def judged(licence: str) -> str | None:
    """Say a licence, or several, by their SPDX names; None where one has not been judged."""
    known = FREE | CONDITIONS
    parts = re.split(r"( AND | OR |; )", licence)
    named = [
        known.get(part.strip()) if number % 2 == 0 else part for number, part in enumerate(parts)
    ]
    if None in named:
        return None
    return "".join(filter(None, named)).replace("; ", " AND ")


def main(found: Path, page: Path) -> int:
    """Write the page; gives the exit code, 1 when a licence has not been judged."""
    packages: list[Package] = json.loads(found.read_text())
    rows, unknown = [], []
    for one in sorted(packages, key=lambda one: one["Name"].lower()):
        licence = judged(SAID_IN_THEIR_FILE.get(one["Name"], one["License"]))
        if licence is None:
            unknown.append(f"{one['Name']} {one['Version']} is under {one['License']}")
        rows.append(f"| {one['Name']} | {one['Version']} | {licence or one['License']} |\n")
    if unknown:
        sys.stderr.write("".join(f"{line}; judge it in script/licences.py.\n" for line in unknown))
        return 1
    page.write_text(INTRODUCTION + "".join(rows))
    sys.stderr.write(f"{page} has the licences of {len(rows)} packages.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
