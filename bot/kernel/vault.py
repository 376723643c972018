"""Where the keys of open pulse rounds live: outside the database, and only until the round ends."""

import asyncio
import contextlib
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.kernel.errors import OperatorFacing

KEY_BYTES = 32
_HEAD = b"cairn-key-1\n"
_FILE_BYTES = len(_HEAD) + 2 * KEY_BYTES
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_SUFFIX = ".key"


class KeyLost(OperatorFacing):
    """The keys of that name are missing or broken. What they sealed can never be read again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


@dataclass(frozen=True, slots=True)
class SealedBoxKeys:
    """What opens one box of sealed papers, and what names the papers in it. 32 bytes each."""

    private_key: bytes = field(repr=False)
    tag_key: bytes = field(repr=False)


class Vault(Protocol):
    """Keeps keys under a name until they are destroyed. Every replica must see the same vault."""

    async def keep(self, name: str, keys: SealedBoxKeys) -> None:
        """Store durably before returning. Raises OperatorFacing if that name is taken."""
        ...

    async def recall(self, name: str) -> SealedBoxKeys:
        """The keys of that name. Raises KeyLost when they are missing or broken."""
        ...

    async def destroy(self, name: str) -> None:
        """Make the keys unrecoverable as far as the store allows. Doing so twice is harmless."""
        ...

    async def names(self) -> frozenset[str]:
        """The names of all keys that are kept."""
        ...


@dataclass(frozen=True, slots=True)
class FileVault:
    """A directory of mode 0700 with one file of mode 0600 per name.

    Several replicas share it by mounting the same directory. It must not lie under the database
    or in its backups. Overwriting before the unlink is best effort: a journalling file system or
    a flash disk may keep old blocks, so put the directory on an encrypted or memory-backed volume.
    """

    directory: Path

    async def keep(self, name: str, keys: SealedBoxKeys) -> None:
        await asyncio.to_thread(self._keep, name, keys)

    async def recall(self, name: str) -> SealedBoxKeys:
        return await asyncio.to_thread(self._recall, name)

    async def destroy(self, name: str) -> None:
        await asyncio.to_thread(self._destroy, name)

    async def names(self) -> frozenset[str]:
        return await asyncio.to_thread(self._names)

    def check(self) -> None:
        """Create the directory if it is missing. Raises OperatorFacing if others may enter it."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_open_to_others(self.directory)
        except (OSError, ValueError) as failure:
            raise OperatorFacing(
                f"the key directory {self.directory} cannot be used: {_why(failure)}",
                permanent=True,
            ) from None

    def _keep(self, name: str, keys: SealedBoxKeys) -> None:
        self.check()
        path = self._path(name)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            _write(draft, _HEAD + keys.private_key + keys.tag_key)
            os.link(draft, path)  # unlike a rename, never replaces keys that are there
            _flush(self.directory)
        except FileExistsError:
            raise OperatorFacing("a key of that name is kept already", permanent=True) from None
        except OSError as failure:
            raise OperatorFacing(f"a key could not be stored: {_why(failure)}") from None
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()

    def _recall(self, name: str) -> SealedBoxKeys:
        path = self._path(name)
        try:
            _refuse_open_to_others(path)
            content = path.read_bytes()
        except FileNotFoundError:
            raise KeyLost(f"no key is kept as {name} in {self.directory}") from None
        except (OSError, ValueError) as failure:
            raise OperatorFacing(f"the key {name} cannot be read: {_why(failure)}") from None
        if len(content) != _FILE_BYTES or not content.startswith(_HEAD):
            raise KeyLost(f"the key file {name} in {self.directory} is damaged")
        body = content[len(_HEAD) :]
        return SealedBoxKeys(body[:KEY_BYTES], body[KEY_BYTES:])

    def _destroy(self, name: str) -> None:
        path = self._path(name)
        try:
            descriptor = os.open(path, os.O_WRONLY)
        except FileNotFoundError:
            return
        except OSError as failure:
            raise OperatorFacing(f"the key {name} cannot be destroyed: {_why(failure)}") from None
        try:
            with contextlib.suppress(OSError):  # a full disk must not keep us from the unlink
                os.write(descriptor, secrets.token_bytes(_FILE_BYTES))
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        _flush(self.directory)

    def _names(self) -> frozenset[str]:
        self.check()
        return frozenset(path.name.removesuffix(_SUFFIX) for path in self.directory.glob("*.key"))

    def _path(self, name: str) -> Path:
        refuse_odd_name(name)
        return self.directory / f"{name}{_SUFFIX}"


def refuse_odd_name(name: str) -> None:
    """Raises ValueError for a name that could lead somewhere else than to a key."""
    if not _NAME.fullmatch(name):
        raise ValueError("a key's name is made of letters, digits, dashes and underscores")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_open_to_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise PermissionError(f"mode {mode:04o} lets others in; run chmod go-rwx on {path}")


def _why(failure: Exception) -> str:
    text = failure.strerror if isinstance(failure, OSError) else None
    return text or str(failure)
