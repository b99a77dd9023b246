"""A target that is a folder of an SSH server.

What arrives is proven by the server's own shell where the account has one: it reads its disk past
the page cache and takes the SHA-256, so that nothing travels twice. Without a shell the file is
read back over SFTP.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, unquote

import asyncssh

from cc_run.archive.line import Line
from cc_run.archive.sftp_shelf import SftpShelf
from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import ArchiveTarget

_PORT: Final = 22
_SECONDS: Final = 30
# The quickest ciphers with hardware of today first; all of them are sound.
_CIPHERS: Final = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes128-ctr",
)


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
                line = Line(self.entry.mbit_limit)
                yield SftpShelf(runner, connection, sftp, self.root, line)
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
