"""Name this version of Cairn; `pyproject.toml` says the same, and a test compares the two."""

VERSION = "0.2.0"
