"""Find variables whose names are nearly those of settings: nobody reads them."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from config.settings import NAMES, from_file

NEAR = 0.84
"""Of difflib's ratio: SLACK_TOKEN is so near to SLACK_BOT_TOKEN, and VAULT_AGENT_ADDR, which is of
HashiCorp's, is not to VAULT_ADDR. Proxies have names of their own beside HTTPS_PROXY."""


def misspelt(
    environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")
) -> list[str]:
    """Say which variables are not read, though their names come near to one that is not set.

    In the file, which is Cairn's own, also those that only begin as Slack's do. Raises
    OperatorFacing for a file that cannot be read.
    """
    in_file = from_file(env_file)
    given = {**in_file, **(os.environ if environ is None else environ)}
    read = {*NAMES, *(f"{name}_FILE" for name in NAMES)}
    sentences = []
    for name in sorted(given.keys() - read):
        if not given[name].strip() or name.upper().endswith("_PROXY"):
            continue
        near = get_close_matches(name.upper(), read, n=1, cutoff=NEAR)
        if near and not given.get(near[0]):
            sentences.append(f"{name} is set and Cairn reads no such variable; is it {near[0]}?")
        elif not near and name in in_file and name.startswith("SLACK_"):
            sentences.append(f"{name} stands in {env_file} and Cairn reads no such variable.")
    return sentences
