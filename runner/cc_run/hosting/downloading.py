"""Brings files from Zoom's cloud, going on from what has arrived, whatever breaks on the way."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from cc_run.errors import CcRunError, OutsideFailure, SettingsFault
from cc_run.hosting.cloud_files import size_of
from cc_run.hosting.pace import pause
from cc_run.hosting.refusals import refused
from cc_run.hosting.token import TokenCache
from cc_run.language import _
from cc_run.times import now

Advance = Callable[[int], None]
"""Told how many bytes of the file are here."""

_TRIES: Final = 6
"""How often in a row nothing may arrive."""
_LONGEST_WAIT: Final = 60.0
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_AGAIN: Final = (403, 408, 416, 425, 429)


@dataclass
class _BrokenOff(Exception):
    """No more comes now; the next try goes on, after so many seconds where Zoom names them."""

    reason: str
    wait: float | None = None


class Downloader:
    """A connection for files; the token goes in a header, to Zoom's own host alone.

    Zoom leads on to a store of another name, which gets no token: httpx keeps it back there.

    Args:
        tokens: The token that all processes share.
        timeout: Seconds of silence after which the connection counts as broken.
        sleep: Waits so many seconds.
    """

    def __init__(
        self, tokens: TokenCache, *, timeout: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._tokens = tokens
        self._sleep = sleep
        self._http = httpx.Client(timeout=timeout, follow_redirects=True)
        self._rejected: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def fetch(self, url: str, part: Path, size: int | None, advance: Advance) -> None:
        """Completes ``part``; a kill at any moment leaves what has arrived.

        Args:
            url: Zoom's ``download_url``.
            part: Where it grows.
            size: How many bytes Zoom names; None where it names none.
            advance: Told of each piece.

        Raises:
            OutsideFailure: nothing arrives any more, the size is another, the disk is full.
            SettingsFault: the app may not have it.
        """
        failures = 0
        while size is None or size_of(part) != size:
            before = size_of(part)
            try:
                size = self._once(url, part, size, advance)
            except _BrokenOff as broken:
                failures = 0 if size_of(part) > before else failures + 1
                if failures >= _TRIES:
                    raise OutsideFailure(
                        _("Zoom's recording does not arrive: %(reason)s")
                        % {"reason": broken.reason},
                        _("Run the same command again later; it goes on from what has arrived."),
                    ) from broken
                self._sleep(pause(failures) if broken.wait is None else broken.wait)

    def _once(self, url: str, part: Path, size: int | None, advance: Advance) -> int:
        """One request for what is missing; the file's whole size once all of it is here."""
        granted = self._tokens.get(self._http, rejected=self._rejected)
        if granted.api_url.startswith("https:") and not url.startswith("https:"):
            raise OutsideFailure(
                _("Zoom names an address without encryption for its recording."),
                _("Fetch it from Zoom's web portal."),
            )
        token, have = granted.access_token, size_of(part)
        # Compressed on the way, the bytes would not be those that are counted.
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        try:
            with self._http.stream("GET", url, headers=headers) as reply:
                if reply.status_code == httpx.codes.UNAUTHORIZED:
                    self._renew(token)
                start, whole = _offered(reply, part, size)
                _write(reply, part, start, whole, advance)
        except httpx.HTTPError as error:
            raise _BrokenOff(str(error) or type(error).__name__) from error
        except httpx.InvalidURL as error:
            raise OutsideFailure(
                _("Zoom's recording does not arrive: %(reason)s") % {"reason": error}
            ) from error
        self._rejected = None
        return whole if whole is not None else size_of(part)

    def _renew(self, token: str) -> None:
        """Zoom refuses the token: the next try has a new one; a new one is refused for good."""
        if self._rejected is not None:
            raise SettingsFault(
                _("The Zoom app may not fetch recordings."),
                _(
                    "Give the app the scope cloud_recording:read:list_recording_files in Zoom's "
                    "Marketplace, and its owner's role the right to see recordings."
                ),
            )
        self._rejected = token
        raise _BrokenOff("401", wait=0)


def _offered(reply: httpx.Response, part: Path, size: int | None) -> tuple[int, int | None]:
    """From which byte on the reply has the file, and how large the whole is."""
    _require_success(reply, part)
    length = reply.headers.get("content-length", "")
    start, whole = 0, int(length) if length.isdecimal() else None
    if reply.status_code == httpx.codes.PARTIAL_CONTENT:
        told = _RANGE.fullmatch(reply.headers.get("content-range", ""))
        if told is None or int(told[1]) != size_of(part):
            part.unlink(missing_ok=True)
            raise _BrokenOff(_("another part was sent than was asked for"))
        start, whole = int(told[1]), int(told[2]) if told[2] != "*" else size
    elif "text/html" in reply.headers.get("content-type", "").lower():
        raise OutsideFailure(
            _("Zoom sent a page in the place of the recording."),
            _(
                "Let the owner of the Zoom app see recordings (Zoom's role settings), or fetch it "
                "from Zoom's web portal."
            ),
        )
    if None not in (size, whole) and size != whole:
        raise _another_size(whole, size)
    return start, whole


def _require_success(reply: httpx.Response, part: Path) -> None:
    if reply.is_success:
        return
    reply.read()
    status = reply.status_code
    if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)
    if status in _AGAIN or reply.is_server_error:
        raise _BrokenOff(f"HTTP {status}", _asked_to_wait(reply))
    if status == httpx.codes.NOT_FOUND:
        raise OutsideFailure(
            _("Zoom has this recording no more."), _("Look into the trash of Zoom's web portal.")
        )
    error: CcRunError = refused(reply, reply.request.url.path)
    raise error


def _write(
    reply: httpx.Response, part: Path, start: int, whole: int | None, advance: Advance
) -> None:
    try:
        with part.open("r+b" if start else "wb", buffering=0) as file:
            file.seek(start)
            try:
                for piece in reply.iter_raw():
                    file.write(piece)
                    advance(file.tell())
                    if whole is not None and file.tell() > whole:
                        break
            finally:
                os.fsync(file.fileno())
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be written: %(reason)s")
            % {"path": part, "reason": error.strerror or error},
            _("Free space on the disk or allow writing to the folder, then run it again."),
        ) from error
    found = size_of(part)
    if whole is not None and found > whole:
        part.unlink(missing_ok=True)
        raise _another_size(found, whole)
    if whole is not None and found < whole:
        raise _BrokenOff(_("the connection broke off"))


def _another_size(found: int | None, named: int | None) -> OutsideFailure:
    return OutsideFailure(
        _("Zoom sends %(found)s bytes of the recording and names %(named)s.")
        % {"found": found, "named": named},
        _("Run the same command again later; Zoom may still be working on it."),
    )


def _asked_to_wait(reply: httpx.Response) -> float | None:
    """What Retry-After says, in seconds or as a date, up to a minute."""
    told = reply.headers.get("retry-after", "")
    try:
        if told.isdecimal():
            seconds = float(told)
        else:
            until: datetime = parsedate_to_datetime(told)
            seconds = (until - now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(0.0, min(seconds, _LONGEST_WAIT))
