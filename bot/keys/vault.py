"""Keep the keys of open pulse rounds outside the database, and only until the round ends."""

import asyncio
import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.kernel.errors import OperatorFacing
from bot.kernel.folders import lets_others_in, make_private_folder

KEY_BYTES = 32
_HEADS = {b"cairn-key-1\n": False, b"cairn-key-2\n": True}
"""How a file begins, and whether what its keys guard is authenticated."""
_HEAD_BYTES = 12
_FILE_BYTES = _HEAD_BYTES + 2 * KEY_BYTES
MARK = "this-vault"
"""Under this name a vault keeps its mark: 128 random bits by which it is known again."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_MARK = re.compile(r"[0-9a-f]{32}")
_SUFFIX = ".key"


class KeyLost(OperatorFacing):
    """The keys of that name are missing or broken. What they sealed can never be read again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class KeyTaken(OperatorFacing):
    """Another key is kept under that name."""

    def __init__(self) -> None:
        super().__init__("a key of that name is kept already", permanent=True)


class KeysAway(OperatorFacing):
    """The vault that is here is not the one in which the keys were put; they are not lost."""

    def __init__(self, location: str) -> None:
        super().__init__(
            f"The keys of this database are not in {location}: it is not mounted, or "
            "another one is. Mount it and start Cairn again; if it is gone for good, or the keys "
            "are to live here from now on, run `python app.py keys --start-anew`"
        )


@dataclass(frozen=True, slots=True)
class SealedBoxKeys:
    """The key that opens a box of sealed papers, and the one that names them. 32 bytes each.

    `authenticates` says that the round's terms and ballots must carry codes of the second key. It
    is kept with the keys, so that nothing in the database can take it back. Keys that were made
    before there were codes lack it, and their rounds end as they began.
    """

    private_key: bytes = field(repr=False)
    tag_key: bytes = field(repr=False)
    authenticates: bool = True


class Vault(Protocol):
    """Keeps keys under a name until they are destroyed. Every replica must see the same vault.

    A vault is known again by its mark, so that an empty mount point or another server is never
    taken for the vault whose keys are lost.
    """

    @property
    def location(self) -> str:
        """Describe where the vault is, for an operator to read."""
        ...

    async def mark(self) -> str | None:
        """Find the mark of the vault that is here; None where there is no vault, or one without."""
        ...

    async def set_up(self) -> str:
        """Make a vault here if there is none, and give it a mark if it has none; its mark.

        Raises OperatorFacing when that cannot be.
        """
        ...

    async def keep(self, name: str, keys: SealedBoxKeys) -> None:
        """Store durably before returning. Raises KeyTaken if that name is taken."""
        ...

    async def recall(self, name: str) -> SealedBoxKeys:
        """Find the keys of that name. Raises KeyLost when they are missing or broken."""
        ...

    async def destroy(self, name: str) -> None:
        """Make the keys unrecoverable as far as the store allows. Doing so twice is harmless."""
        ...

    async def names(self) -> frozenset[str]:
        """Find the names of all keys that are kept."""
        ...


@dataclass(frozen=True, slots=True)
class FileVault:
    """A directory of mode 0700 with one file of mode 0600 per name.

    Bits of a group that is this process's alone do no harm, see `lets_others_in`.
    Several replicas share it by mounting the same directory. It must not lie under the database
    or in its backups. Overwriting before the unlink is best effort: a journalling file system or
    a flash disk may keep old blocks, so put the directory on an encrypted or memory-backed volume.
    """

    directory: Path

    @property
    def location(self) -> str:
        return f"the key directory {self.directory}"

    async def mark(self) -> str | None:
        return await asyncio.to_thread(self._mark)

    async def set_up(self) -> str:
        return await asyncio.to_thread(self._set_up)

    async def keep(self, name: str, keys: SealedBoxKeys) -> None:
        await asyncio.to_thread(self._keep, name, keys)

    async def recall(self, name: str) -> SealedBoxKeys:
        return await asyncio.to_thread(self._recall, name)

    async def destroy(self, name: str) -> None:
        await asyncio.to_thread(self._destroy, name)

    async def names(self) -> frozenset[str]:
        return await asyncio.to_thread(self._names)

    def _set_up(self) -> str:
        with self._explaining():
            make_private_folder(self.directory)
            _refuse_open_to_others(self.directory)
        found = self._mark()
        if found is None:
            with self._explaining(), contextlib.suppress(FileExistsError):  # a replica was faster
                self._put(MARK, secrets.token_hex(16).encode())
            found = self._mark()
        if found is None:
            raise OperatorFacing(
                f"{self.directory / MARK} is damaged; delete it and start Cairn again",
                permanent=True,
            )
        return found

    def _mark(self) -> str | None:
        if (self.directory / MARK).is_fifo():  # which would be waited for
            return None
        try:
            text = (self.directory / MARK).read_text("ascii")
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return None
        except OSError as failure:
            raise OperatorFacing(f"{self.location} cannot be read: {_why(failure)}") from None
        return text if _MARK.fullmatch(text) else None

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as failure:
            raise OperatorFacing(
                f"{self.location} cannot be used: {_why(failure)}", permanent=True
            ) from None

    def _keep(self, name: str, keys: SealedBoxKeys) -> None:
        path = self._path(name)
        with self._explaining():
            _refuse_open_to_others(self.directory)
        try:
            self._put(path.name, _head_of(keys) + keys.private_key + keys.tag_key)
        except FileExistsError:
            raise KeyTaken from None
        except OSError as failure:
            raise OperatorFacing(f"a key could not be stored: {_why(failure)}") from None

    def _put(self, name: str, content: bytes) -> None:
        """Write a file that is whole as soon as it is there. Raises FileExistsError, OSError."""
        draft = self.directory / f".{name}.{secrets.token_hex(4)}"
        try:
            _write(draft, content)
            os.link(draft, self.directory / name)  # unlike a rename, it never replaces a file
            _flush(self.directory)
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
        head, body = content[:_HEAD_BYTES], content[_HEAD_BYTES:]
        if len(content) != _FILE_BYTES or head not in _HEADS:
            raise KeyLost(f"the key file {name} in {self.directory} is damaged")
        return SealedBoxKeys(body[:KEY_BYTES], body[KEY_BYTES:], _HEADS[head])

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
        return frozenset(path.name.removesuffix(_SUFFIX) for path in self.directory.glob("*.key"))

    def _path(self, name: str) -> Path:
        refuse_odd_name(name)
        return self.directory / f"{name}{_SUFFIX}"


def _head_of(keys: SealedBoxKeys) -> bytes:
    return next(head for head, signs in _HEADS.items() if signs is keys.authenticates)


def refuse_odd_name(name: str) -> None:
    """Raise ValueError for a name that could lead somewhere else than to a key."""
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
    if lets_others_in(path):
        mode = stat.S_IMODE(path.stat().st_mode)
        raise PermissionError(f"mode {mode:04o} lets others in; run chmod go-rwx on {path}")


def _why(failure: Exception) -> str:
    text = failure.strerror if isinstance(failure, OSError) else None
    return text or str(failure)
