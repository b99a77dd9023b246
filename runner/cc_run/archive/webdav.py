"""A target that is a folder of a WebDAV server, such as Nextcloud's.

WebDAV knows no checksum that every server has taken itself, so what was sent is downloaded again
and hashed. Nor does it know half an upload: a file that was interrupted is sent again.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import SplitResult

import httpx
from webdav4.client import (
    Client,
    ClientError,
    HTTPError,
    InsufficientStorage,
    ResourceAlreadyExists,
    ResourceNotFound,
)

from cc_run.archive.copying import BLOCK, Advance, Content
from cc_run.archive.line import Line
from cc_run.archive.shelf import unfinished
from cc_run.errors import OutsideFailure
from cc_run.language import N_, _
from cc_run.settings.models import ArchiveTarget

_SECONDS: Final = 30
_REFUSED: Final = (401, 403)
_FULL: Final = (413, 507)
_DOWNLOADED: Final = N_("downloaded, sha256")


class WebDavShelf:
    """The folder, reachable."""

    renames = True
    keeps_parts = False

    def __init__(self, client: Any, line: Line) -> None:
        self._client, self._line = client, line
        self._made: set[str] = set()

    def sizes(self, folder: str) -> dict[str, int]:
        """Every file below the folder."""
        found: dict[str, int] = {}
        waiting = [folder]
        while waiting:
            place = waiting.pop()
            try:
                entries = self._client.ls(place, detail=True)
            except ResourceNotFound:
                continue
            for entry in entries:
                if entry["type"] == "directory":
                    waiting.append(entry["name"])
                else:
                    name = PurePosixPath(entry["name"]).relative_to(folder)
                    found[str(name)] = int(entry["content_length"] or 0)
        return found

    def read(self, name: str) -> bytes | None:
        """A small file."""
        try:
            return b"".join(self._blocks(name))
        except ResourceNotFound:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Uploads a small file."""
        self._parents(name)
        part = unfinished(name)
        response = self._client.request("PUT", part, content=content)
        response.raise_for_status()
        self._client.move(part, name, overwrite=True)

    def send(self, source: Path, name: str, start: int, advance: Advance) -> Content:
        """Uploads the file and downloads it again."""
        self._parents(name)
        part = unfinished(name)

        def sent(count: int) -> None:
            advance(count)
            self._line.carried(count)

        with source.open("rb") as reading:
            size = os.fstat(reading.fileno()).st_size
            self._client.upload_fileobj(
                reading, part, overwrite=True, callback=sent, chunk_size=BLOCK, size=size
            )
        return self.check(part, advance)

    def settle(self, name: str, content: Content) -> None:
        """Renames what was sent."""
        self._client.move(unfinished(name), name, overwrite=True)

    def drop(self, name: str) -> None:
        """Removes what was sent."""
        self.remove([unfinished(name)])

    def check(self, name: str, advance: Advance) -> Content:
        """Downloads the file and hashes it."""
        digest, size = hashlib.sha256(), 0
        for block in self._blocks(name):
            digest.update(block)
            size += len(block)
            advance(len(block))
        return Content(size, digest.hexdigest(), _DOWNLOADED)

    def fetch(self, name: str, destination: Path, advance: Advance) -> None:
        """Downloads the file, synced."""
        with destination.open("wb") as file:
            for block in self._blocks(name):
                file.write(block)
                advance(len(block))
            file.flush()
            os.fsync(file.fileno())

    def rename(self, old: str, new: str) -> None:
        """Renames a folder."""
        self._client.move(old, new, overwrite=True)
        self._made.clear()

    def remove(self, names: Iterable[str]) -> None:
        """Removes files."""
        for name in names:
            try:
                self._client.remove(name)
            except ResourceNotFound:
                continue

    def sync(self, folder: str) -> None:
        """What the server has answered for is kept."""

    def free_bytes(self) -> int | None:
        """What the server's quota leaves, where it tells."""
        try:
            found = self._client.get_props("", name="quota-available-bytes", namespace="DAV:")
        except (HTTPError, ClientError):
            return None
        told = getattr(found, "quota_available_bytes", None)
        return int(told) if told is not None and int(told) >= 0 else None

    def _parents(self, name: str) -> None:
        for folder in reversed(PurePosixPath(name).parents[:-1]):
            place = str(folder)
            if place in self._made:
                continue
            with suppress(ResourceAlreadyExists):
                self._client.mkdir(place)
            self._made.add(place)

    def _blocks(self, name: str) -> Iterator[bytes]:
        with self._client.open(name, mode="rb", chunk_size=BLOCK) as file:
            while block := file.read(BLOCK):
                self._line.carried(len(block))
                yield block


@dataclass(frozen=True)
class WebDav:
    """A folder of a WebDAV server."""

    name: str
    url: str
    entry: ArchiveTarget

    @classmethod
    def of(cls, wished: ArchiveTarget, parts: SplitResult) -> WebDav:
        """The target of an URL ``https://server/folder``."""
        return cls(wished.name, f"{parts.scheme}://{parts.netloc}{parts.path}", wished)

    def place(self, bag: str) -> str:
        """The bag's URL."""
        return f"{self.url.rstrip('/')}/{bag}"

    @contextmanager
    def open(self) -> Iterator[WebDavShelf]:
        """Asks for the folder.

        Raises:
            OutsideFailure: it is away, missing or full, or the account is refused.
        """
        entry = self.entry
        auth = (entry.user, entry.password.get_secret_value()) if entry.user else None
        try:
            trust = ssl.create_default_context(cafile=entry.ca_file)
            with httpx.Client(auth=auth, verify=trust, timeout=_SECONDS) as http:
                client = Client(self.url, http_client=http, retry=False)
                if not client.exists(""):
                    raise ResourceNotFound("")
                yield WebDavShelf(client, Line(entry.mbit_limit))
        except (ClientError, HTTPError, httpx.HTTPError, OSError) as error:
            raise self.failure(error) from error

    def failure(self, error: Exception) -> OutsideFailure:
        """What an error of the server means to an operator."""
        status = getattr(getattr(error, "response", None), "status_code", None)
        status = getattr(error, "status_code", status)
        facts = {"target": self.name, "url": self.url, "reason": str(error)}
        if status in _REFUSED:
            return OutsideFailure(
                _("The server of archive target %(target)s refuses the account.") % facts,
                _("Check user and password of this target, then archive again."),
            )
        if isinstance(error, InsufficientStorage) or status in _FULL:
            return OutsideFailure(
                _("Archive target %(target)s is full.") % facts,
                _("Free space at %(path)s, then archive again; what has arrived is kept.")
                % {"path": self.url},
            )
        if isinstance(error, ResourceNotFound):
            return OutsideFailure(
                _("Archive target %(target)s has no folder %(path)s.")
                % {"target": self.name, "path": self.url},
                _("Make the folder on the server, then archive again."),
            )
        return OutsideFailure(
            _("Archive target %(target)s failed: %(reason)s") % facts,
            _("Check the network and the server at %(url)s, then archive again.") % facts,
        )
