"""Make folders into which nobody else can put anything."""

from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make a folder for its owner alone, and those above it so that only their owner writes there.

    What is there is left as it is. Raises OSError.
    """
    for above in reversed(folder.parents):
        above.mkdir(mode=0o755, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
