"""What the archive does in a folder of an SSH server, over a connection that stands."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

import asyncssh

from cc_run.archive.copying import BLOCK, Advance, Content, quietly
from cc_run.archive.line import Line
from cc_run.archive.sftp_hashing import STRIDE, Follower, follower, hashed_there
from cc_run.archive.shelf import unfinished
from cc_run.language import N_

T = TypeVar("T")
_PACKET: Final = 255 << 10  # the most that OpenSSH takes at once
_IN_FLIGHT: Final = 4  # packets on their way at once: 1 MiB for every round trip
_BY_THE_SERVER: Final = N_("hashed by the server, O_DIRECT, sha256")
_BY_ITS_CACHE: Final = N_("hashed by the server, cache, sha256")
_READ_BACK: Final = N_("read back, SFTP, sha256")
_UNSURE: Final = 32 << 20  # the end of an interrupted file may have holes


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
        line: Line,
    ) -> None:
        self._runner, self._connection, self._sftp = runner, connection, sftp
        self._root, self._line = PurePosixPath(root), line
        self._shell: bool | None = None
        self._tried: set[str] = set()

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
        """Sends the file, many packets at once, while the server hashes what it has got.

        A second try, or a server that cannot, hashes when all of it is there.
        """
        part = self._path(unfinished(name))
        begin = max(0, start - _UNSURE) if start else 0
        following = self._shell is not False and name not in self._tried
        self._tried.add(name)
        found = self._run(self._pushed(source, part, begin, advance, following))
        return self.check(unfinished(name), advance) if found is None else found

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

    async def _pushed(
        self, source: Path, part: str, start: int, advance: Advance, following: bool
    ) -> Content | None:
        """Sends the file; what the server has hashed meanwhile, if it could."""
        size = source.stat().st_size
        await self._sftp.makedirs(str(PurePosixPath(part).parent), exist_ok=True)
        if not following or size < STRIDE:
            await self._explained(self._push(source, part, start, advance))
            return None
        await self._explained(self._cut(part, start))
        process = await follower(self._connection, part)
        if process is None:
            await self._explained(self._push(source, part, start, advance))
            return None
        async with process:
            behind = Follower(process, advance)
            await self._explained(self._push(source, part, start, advance, behind.reach))
            digest = await behind.end(size)
        if digest is None:
            return None
        return Content(size, digest, _BY_THE_SERVER)

    async def _cut(self, part: str, start: int) -> None:
        """The part as it goes on: what is there before ``start``, and nothing else."""
        flags = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT
        async with self._sftp.open(part, flags, encoding=None) as file:
            await file.truncate(start)

    async def _push(
        self,
        source: Path,
        part: str,
        start: int,
        advance: Advance,
        reach: Callable[[int], None] = quietly,
    ) -> None:
        """Writes from ``start`` on; ``reach`` is told up to where all of it is written."""
        await self._cut(part, start)
        flags = asyncssh.FXF_WRITE
        with source.open("rb", buffering=0) as reading:
            size = os.fstat(reading.fileno()).st_size
            async with self._sftp.open(part, flags, encoding=None) as file:
                advance(min(start, size))
                room = asyncio.Semaphore(_IN_FLIGHT)
                on_the_way: set[int] = set()

                async def push(block: bytes, offset: int) -> None:
                    try:
                        await file.write(block, offset)
                    finally:
                        room.release()
                    advance(len(block))
                    on_the_way.discard(offset)
                    reach(min(on_the_way, default=offset + len(block)))
                    self._line.carried(len(block))

                async with asyncio.TaskGroup() as together:
                    for offset in range(min(start, size), size, _PACKET):
                        await room.acquire()
                        block = os.pread(reading.fileno(), _PACKET, offset)
                        on_the_way.add(offset)
                        together.create_task(push(block, offset))
                await _sync(file)

    async def _check(self, path: str, advance: Advance) -> Content:
        size = int((await self._sftp.stat(path)).size or 0)
        if self._shell is not False:
            found = await hashed_there(self._connection, path)
            self._shell = found is not None
            if found is not None:
                advance(size)
                means = _BY_THE_SERVER if found[0] == "O_DIRECT" else _BY_ITS_CACHE
                return Content(size, found[1], means)
        digest, read = hashlib.sha256(), 0
        async for block in self._blocks(path):
            digest.update(block)
            read += len(block)
            advance(len(block))
        return Content(read, digest.hexdigest(), _READ_BACK)

    async def _blocks(self, path: str) -> AsyncIterator[bytes]:
        async with self._sftp.open(path, "rb") as file:
            offset = 0
            while block := await file.read(_IN_FLIGHT * _PACKET, offset):
                offset += len(block)
                self._line.carried(len(block))
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
