"""A target that is a folder of an SSH server.

What arrives is proven by the server's own shell where the account has one: it reads its disk past
the page cache and takes the SHA-256, so that nothing travels twice. Without a shell the file is
read back over SFTP.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import shlex
import stat
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, unquote

import asyncssh

from cc_run.archive.copying import BLOCK, Advance, Content
from cc_run.archive.shelf import unfinished
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import ArchiveTarget

T = TypeVar("T")
_PORT: Final = 22
_SECONDS: Final = 30
_PACKET: Final = 255 << 10  # the most that OpenSSH takes at once
_IN_FLIGHT: Final = 6  # packets on their way at once: 1.5 MiB for every round trip
_UNSURE: Final = 32 << 20  # the end of an interrupted file may have holes
# The quickest ciphers with hardware of today first; all of them are sound.
_CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)
_HASH: Final = """
digest() {
  if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi
}
if dd if="$1" of=/dev/null iflag=direct bs=1048576 count=1 2>/dev/null
then printf 'O_DIRECT '; dd if="$1" iflag=direct bs=1048576 2>/dev/null | digest
else printf 'cache '; digest <"$1"; fi
"""
_ANSWER: Final = re.compile(rb"(O_DIRECT|cache) ([0-9a-f]{64})\b")


class SftpShelf:
    """A connection; the calls block, as those of a folder do."""

    renames = True
    keeps_parts = True

    def __init__(
        self,
        runner: asyncio.Runner,
        connection: asyncssh.SSHClientConnection,
        sftp: asyncssh.SFTPClient,
        root: str,
    ) -> None:
        self._runner, self._connection, self._sftp = runner, connection, sftp
        self._root = PurePosixPath(root)
        self._shell: bool | None = None

    def sizes(self, folder: str) -> dict[str, int]:
        """Every file below the folder."""
        return self._run(self._sizes(self._root / folder, ""))

    def read(self, name: str) -> bytes | None:
        """A small file."""

        async def read() -> bytes | None:
            try:
                blocks = [block async for block in self._blocks(self._path(name))]
            except asyncssh.SFTPNoSuchFile:
                return None
            return b"".join(blocks)

        return self._run(read())

    def write(self, name: str, content: bytes) -> None:
        """Writes a small file, synced."""

        async def write() -> None:
            part = self._path(unfinished(name))
            await self._sftp.makedirs(str(PurePosixPath(part).parent), exist_ok=True)
            async with self._sftp.open(part, "wb") as file:
                await file.write(content)
                await _sync(file)
            await self._sftp.posix_rename(part, self._path(name))

        self._run(self._explained(write()))

    def send(self, source: Path, name: str, start: int, advance: Advance) -> Content:
        """Sends the file, many blocks at once, and has the server hash what it got."""
        part = self._path(unfinished(name))
        begin = max(0, start - _UNSURE) if start else 0
        self._run(self._explained(self._push(source, part, begin, advance)))
        return self.check(unfinished(name), advance)

    def settle(self, name: str, content: Content) -> None:
        """Renames what was sent."""
        self._run(self._sftp.posix_rename(self._path(unfinished(name)), self._path(name)))

    def drop(self, name: str) -> None:
        """Removes what was sent."""
        self.remove([unfinished(name)])

    def check(self, name: str, advance: Advance) -> Content:
        """The server's own hash, else what it gives back."""
        return self._run(self._check(self._path(name), advance))

    def fetch(self, name: str, destination: Path, advance: Advance) -> None:
        """Brings the file here, synced."""

        async def fetch() -> None:
            with destination.open("wb") as file:
                async for block in self._blocks(self._path(name)):
                    file.write(block)
                    advance(len(block))
                file.flush()
                os.fsync(file.fileno())

        self._run(fetch())

    def rename(self, old: str, new: str) -> None:
        """Renames a folder."""

        async def rename() -> None:
            if await self._sftp.exists(self._path(new)):
                await self._sftp.rmtree(self._path(new))
            await self._sftp.posix_rename(self._path(old), self._path(new))

        self._run(rename())

    def remove(self, names: Iterable[str]) -> None:
        """Removes files, and folders that are empty then."""

        async def remove(path: PurePosixPath) -> None:
            try:
                await self._sftp.remove(str(path))
            except asyncssh.SFTPNoSuchFile:
                return
            for folder in path.parents:
                if folder == self._root:
                    return
                try:
                    await self._sftp.rmdir(str(folder))
                except asyncssh.SFTPError:
                    return  # something else is in it

        for name in names:
            self._run(remove(self._root / name))

    def sync(self, folder: str) -> None:
        """Names are the server's own business: SFTP cannot ask for it."""

    def free_bytes(self) -> int | None:
        """How much this account can still write, where the server tells."""

        async def free() -> int | None:
            try:
                status = await self._sftp.statvfs(str(self._root))
            except asyncssh.SFTPOpUnsupported:
                return None
            return int(status.bavail) * int(status.frsize)

        return self._run(free())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def _path(self, name: str) -> str:
        return str(self._root / name)

    async def _sizes(self, folder: PurePosixPath, lead: str) -> dict[str, int]:
        found: dict[str, int] = {}
        try:
            entries = [entry async for entry in self._sftp.scandir(str(folder))]
        except asyncssh.SFTPNoSuchFile:
            return found
        for entry in entries:
            name = str(entry.filename)
            if name in (".", ".."):
                continue
            if stat.S_ISDIR(entry.attrs.permissions or 0):
                found |= await self._sizes(folder / name, f"{lead}{name}/")
            else:
                found[lead + name] = int(entry.attrs.size or 0)
        return found

    async def _push(self, source: Path, part: str, start: int, advance: Advance) -> None:
        await self._sftp.makedirs(str(PurePosixPath(part).parent), exist_ok=True)
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | (0 if start else asyncssh.FXF_TRUNC)
        with source.open("rb", buffering=0) as reading:
            size = os.fstat(reading.fileno()).st_size
            start = min(start, size)
            async with self._sftp.open(part, flags, encoding=None) as file:
                await file.truncate(start)
                advance(start)
                room = asyncio.Semaphore(_IN_FLIGHT)

                async def push(block: bytes, offset: int) -> None:
                    try:
                        await file.write(block, offset)
                    finally:
                        room.release()
                    advance(len(block))

                async with asyncio.TaskGroup() as together:
                    for offset in range(start, size, _PACKET):
                        await room.acquire()
                        block = os.pread(reading.fileno(), _PACKET, offset)
                        together.create_task(push(block, offset))
                await _sync(file)

    async def _check(self, path: str, advance: Advance) -> Content:
        size = int((await self._sftp.stat(path)).size or 0)
        if self._shell is not False:
            found = await self._hashed_there(path)
            self._shell = found is not None
            if found is not None:
                advance(size)
                return Content(size, found[1], f"hashed by the server, {found[0]}, sha256")
        digest, read = hashlib.sha256(), 0
        async for block in self._blocks(path):
            digest.update(block)
            read += len(block)
            advance(len(block))
        return Content(read, digest.hexdigest(), "read back, SFTP, sha256")

    async def _hashed_there(self, path: str) -> tuple[str, str] | None:
        """How the server read the file, and its SHA-256; None where the account has no shell."""
        command = f"sh -c {shlex.quote(_HASH)} sh {shlex.quote(path)}"
        try:
            told = await self._connection.run(command, stdin=asyncssh.DEVNULL, encoding=None)
        except asyncssh.ChannelOpenError:
            return None
        said = _ANSWER.match(told.stdout if isinstance(told.stdout, bytes) else b"")
        return (said[1].decode(), said[2].decode()) if said else None

    async def _blocks(self, path: str) -> AsyncIterator[bytes]:
        async with self._sftp.open(path, "rb") as file:
            offset = 0
            while block := await file.read(_IN_FLIGHT * _PACKET, offset):
                offset += len(block)
                yield block if isinstance(block, bytes) else block.encode()

    async def _explained(self, work: Coroutine[Any, Any, None]) -> None:
        """SFTP says "failure" for a full disk as for anything else: the free space tells more."""
        try:
            await work
        except* asyncssh.SFTPFailure as errors:
            try:
                status = await self._sftp.statvfs(str(self._root))
            except asyncssh.SFTPError:
                raise errors.exceptions[0] from None
            if int(status.bavail) * int(status.frsize) < BLOCK:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
            raise


async def _sync(file: asyncssh.SFTPClientFile) -> None:
    try:
        await file.fsync()
    except asyncssh.SFTPOpUnsupported:
        return  # an older server; what it holds is read back in any case


@dataclass(frozen=True)
class Sftp:
    """A folder of an SSH server, and how to get there."""

    name: str
    url: str
    host: str
    port: int
    root: str
    entry: ArchiveTarget

    @classmethod
    def of(cls, wished: ArchiveTarget, parts: SplitResult) -> Sftp:
        """The target of an URL ``sftp://[user@]server[:port]/folder``."""
        host = parts.hostname or ""
        port = parts.port or _PORT
        place = host if port == _PORT else f"{host}:{port}"
        user = wished.user or unquote(parts.username or "")
        return cls(
            wished.name,
            f"sftp://{place}{parts.path}",
            host,
            port,
            unquote(parts.path),
            wished.model_copy(update={"user": user}),
        )

    def place(self, bag: str) -> str:
        """The bag's URL."""
        return f"{self.url.rstrip('/')}/{bag}"

    @contextmanager
    def open(self) -> Iterator[SftpShelf]:
        """Connects, by keys and after looking at the server's own.

        Raises:
            OutsideFailure: it is away, full, or refuses; its folder is missing.
            SettingsFault: a key in the settings is none.
        """
        options = self._options()
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            try:
                connection, sftp = runner.run(self._connected(stack, options))
                yield SftpShelf(runner, connection, sftp, self.root)
            except ExceptionGroup as errors:
                first = _first(errors)
                if not isinstance(first, asyncssh.Error | OSError):
                    raise
                raise self.failure(first) from errors
            except (asyncssh.Error, OSError) as error:
                raise self.failure(error) from error
            finally:
                runner.run(_closed(stack))

    async def _connected(
        self, stack: AsyncExitStack, options: dict[str, Any]
    ) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        connection = await stack.enter_async_context(
            asyncssh.connect(
                self.host,
                self.port,
                encryption_algs=_CIPHERS,
                compression_algs=None,
                connect_timeout=_SECONDS,
                login_timeout=_SECONDS,
                keepalive_interval=_SECONDS,
                **options,
            )
        )
        sftp = await stack.enter_async_context(connection.start_sftp_client())
        if not await sftp.isdir(self.root):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.root)
        return connection, sftp

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {}
        password = self.entry.password.get_secret_value()
        if self.entry.user:
            options["username"] = self.entry.user
        try:
            if key := self.entry.private_key.get_secret_value():
                options["client_keys"] = [asyncssh.import_private_key(key, password or None)]
            elif password:
                options["password"] = password
            if self.entry.host_key:
                name = self.host if self.port == _PORT else f"[{self.host}]:{self.port}"
                options["known_hosts"] = asyncssh.import_known_hosts(
                    f"{name} {self.entry.host_key.strip()}\n"
                )
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
            raise SettingsFault(
                _("Archive target %(target)s has a key that cannot be used.")
                % {"target": self.name},
                _(
                    "private_key is the text of an OpenSSH private key, password opens it; "
                    "host_key is a line such as: ssh-ed25519 AAAA…"
                ),
            ) from error
        return options

    def failure(self, error: Exception) -> OutsideFailure:
        """What an error of the connection means to an operator."""
        facts = {"target": self.name, "url": self.url, "reason": _reason(error)}
        if isinstance(error, asyncssh.HostKeyNotVerifiable):
            return OutsideFailure(
                _("The server of archive target %(target)s is not the one that is known.") % facts,
                _(
                    "Have IT compare its key (ssh-keyscan) and put it into archive_targets as "
                    "host_key; until then nothing is sent there."
                ),
            )
        if isinstance(error, asyncssh.PermissionDenied):
            return OutsideFailure(
                _("The server of archive target %(target)s refuses the account.") % facts,
                _("Check user, password and private_key of this target, then archive again."),
            )
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return OutsideFailure(
                _("Archive target %(target)s is full.") % facts,
                _("Free space at %(path)s, then archive again; what has arrived is kept.")
                % {"path": self.url},
            )
        if isinstance(error, FileNotFoundError):
            return OutsideFailure(
                _("Archive target %(target)s has no folder %(path)s.")
                % {"target": self.name, "path": self.root},
                _("Make the folder on the server, then archive again."),
            )
        return OutsideFailure(
            _("Archive target %(target)s failed: %(reason)s") % facts,
            _("Check the network and the server at %(url)s, then archive again.") % facts,
        )


async def _closed(stack: AsyncExitStack) -> None:
    try:
        await asyncio.wait_for(stack.aclose(), _SECONDS)
    except (TimeoutError, OSError, asyncssh.Error):
        return  # it is gone in any case


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    found: Exception = errors
    while isinstance(found, ExceptionGroup):
        found = found.exceptions[0]
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, asyncssh.Error):
        return str(error.reason)
    if isinstance(error, TimeoutError):
        return _("no answer within %(seconds)d s") % {"seconds": _SECONDS}
    return getattr(error, "strerror", None) or str(error)
