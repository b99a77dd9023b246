"""The SHA-256 of a file that an SSH server takes itself, past its page cache where that can be."""

from __future__ import annotations

import contextlib
import re
import shlex
from typing import Final

import asyncssh

from cc_run.archive.copying import BLOCK, Advance

_DIGEST: Final = """
digest() {
  if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi
}
"""
_HASH: Final = f"""{_DIGEST}
if dd if="$1" of=/dev/null iflag=direct bs=1048576 count=1 2>/dev/null
then printf 'O_DIRECT '; dd if="$1" iflag=direct bs=1048576 2>/dev/null | digest
else printf 'cache '; digest <"$1"; fi
"""
# The same for a file that is still being written: as far as it is, told in blocks on each line.
_FOLLOW: Final = f"""{_DIGEST}
dd if="$1" of=/dev/null iflag=direct bs=1048576 count=1 2>/dev/null || exit 1
printf 'O_DIRECT '
while read -r skip count
do dd if="$1" iflag=direct bs=1048576 skip="$skip" count="$count" 2>/dev/null
done | digest
"""
STRIDE: Final = 32 << 20
_ANSWER: Final = re.compile(rb"(O_DIRECT|cache) ([0-9a-f]{64})\b")


async def hashed_there(
    connection: asyncssh.SSHClientConnection, path: str
) -> tuple[str, str] | None:
    """How the server read the file, and its SHA-256; None where the account has no shell."""
    try:
        told = await connection.run(_command(_HASH, path), stdin=asyncssh.DEVNULL, encoding=None)
    except asyncssh.ChannelOpenError:
        return None
    said = _ANSWER.match(told.stdout if isinstance(told.stdout, bytes) else b"")
    return (said[1].decode(), said[2].decode()) if said else None


async def follower(
    connection: asyncssh.SSHClientConnection, path: str
) -> asyncssh.SSHClientProcess[bytes] | None:
    """A reader of a file that will be written; None where the account has no shell."""
    try:
        return await connection.create_process(_command(_FOLLOW, path), encoding=None)
    except asyncssh.ChannelOpenError:
        return None


class Follower:
    """The server's own reader of a file that is being written."""

    def __init__(self, process: asyncssh.SSHClientProcess[bytes], advance: Advance) -> None:
        self._process, self._advance = process, advance
        self._told = 0
        self._gone = False

    def reach(self, written: int) -> None:
        """So much is written: the reader may go as far, a stride at a time."""
        if written - self._told >= STRIDE:
            self._tell(STRIDE)

    async def end(self, size: int) -> str | None:
        """All is written and synced: the SHA-256 of what the server has read; None if it cannot."""
        if size > self._told:
            self._tell(size - self._told)
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write_eof()
        told = await self._process.wait()
        said = _ANSWER.match(told.stdout if isinstance(told.stdout, bytes) else b"")
        if said is None or self._gone:
            self._advance(-self._told)
            return None
        return said[2].decode()

    def _tell(self, count: int) -> None:
        blocks = -(-count // BLOCK)
        try:
            self._process.stdin.write(f"{self._told // BLOCK} {blocks}\n".encode())
        except BrokenPipeError:
            self._gone = True
        self._told += count
        self._advance(count)


def _command(script: str, path: str) -> str:
    return f"sh -c {shlex.quote(script)} sh {shlex.quote(path)}"
