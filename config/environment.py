"""Read what a system hands to all its programmes in its own ways: proxies and credentials."""

from collections.abc import Iterable, Mapping
from pathlib import Path


def credentials(given: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Find the files that systemd hands out, unless something else says the same.

    `LoadCredential=cairn:FOLDER` gives each file of a folder as `cairn_` and its name.
    """
    folder = given.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        return {}
    silent = [name for name in names if not (given.get(name) or given.get(f"{name}_FILE"))]
    files = {name: Path(folder, f"cairn_{name}") for name in silent}
    return {f"{name}_FILE": str(path) for name, path in files.items() if path.is_file()}


def usual_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """Read what many systems set for all their programmes, in small letters."""
    names = ("https_proxy", "no_proxy")
    return {name.upper(): environ[name] for name in names if name in environ}
