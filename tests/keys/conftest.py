"""A vault in a folder of its own."""

from tests.pulse.conftest import vault

__all__ = ["vault"]
