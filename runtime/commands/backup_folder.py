"""Keep a number of backups in a folder, named by when they were made."""

import re
import time
from datetime import UTC, datetime
from pathlib import Path

from bot.kernel.errors import OperatorFacing
from bot.kernel.folders import make_private_folder
from bot.kernel.words import agree
from runtime.commands.backup import back_up, check

OURS = re.compile(r"cairn-\d{4}-\d{2}-\d{2}T\d{6}Z\.zip(\.age)?")
DRAFT = re.compile(rf"\.{OURS.pattern}\.[0-9a-f]{{8}}")
ABANDONED_AFTER_S = 24 * 3600


async def back_up_into(
    address: str, folder: Path, *, keep: int, now: datetime, recipient: str | None = None
) -> str:
    """Add a backup to `folder`, and delete all but the newest `keep` that were made so.

    None is deleted before the new one is whole. Raises OperatorFacing where none can be made.
    """
    try:
        make_private_folder(folder)
    except OSError as failure:
        raise OperatorFacing(f"{folder} cannot be used: {failure.strerror}") from None
    tail = ".age" if recipient else ""
    file = folder / f"cairn-{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.zip{tail}"
    done = await back_up(address, file, now=now, recipient=recipient)
    if recipient is None:
        check(file)
    gone = [path for path in made_so(folder) if path != file][keep - 1 :]
    for path in (*gone, *_abandoned(folder)):
        path.unlink(missing_ok=True)
    deleted = f" {len(gone)} older {agree(len(gone), 'one is', 'ones are')} deleted."
    return f"{done} in {file}. The keys are not.{deleted if gone else ''}"


def made_so(folder: Path) -> list[Path]:
    """List the backups in `folder` that were named by their time, the newest first."""
    return sorted(
        (path for path in folder.iterdir() if OURS.fullmatch(path.name) and path.is_file()),
        reverse=True,
    )


def _abandoned(folder: Path) -> list[Path]:
    """List what backups left that were killed while they were made."""
    before = time.time() - ABANDONED_AFTER_S
    drafts = [path for path in folder.iterdir() if DRAFT.fullmatch(path.name) and path.is_file()]
    return [path for path in drafts if path.stat().st_mtime < before]
