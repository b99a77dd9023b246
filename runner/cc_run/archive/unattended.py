"""One round of the timer: what is due is archived, by one machine at a time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cc_run import sop
from cc_run.archive.due import due_events, is_elsewhere, still_due
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.journal import Busy
from cc_run.workspace import Workspace

_PING_SECONDS: Final = 5
_KEY_LENGTH: Final = 16  # as much as fits into the lease's own key


@dataclass
class Round:
    """What a round did: an entry for each archived event, and each failed one with its error."""

    done: list[dict[str, Any]] = field(default_factory=list)
    failed: list[tuple[Event, CcRunError]] = field(default_factory=list)


def archive_due(
    workspace: Workspace, moment: datetime, archive: Callable[[Event], dict[str, Any]]
) -> Round:
    """Archives what is due; where another machine or terminal is at it, there is nothing to do.

    Args:
        workspace: The room.
        moment: Now.
        archive: Archives one event, and tells of it.

    Raises:
        SettingsFault: too few targets are set.
    """
    _ping(workspace, "/start")
    done = Round()
    try:
        with contextlib.suppress(Busy), workspace.journal.alone(_key(workspace), sop.DOCUMENT):
            _work(workspace, moment, archive, done)
    except BaseException:
        _ping(workspace, "/fail")
        raise
    _ping(workspace, "/fail" if done.failed else "")
    return done


def _work(
    workspace: Workspace,
    moment: datetime,
    archive: Callable[[Event], dict[str, Any]],
    done: Round,
) -> None:
    for event in due_events(workspace, moment):
        # A person may have archived it since the list was made.
        if not still_due(workspace, event) or is_elsewhere(workspace, event, moment):
            continue
        try:
            done.done.append(archive(event))
        except Busy:
            continue  # a person has it in hand
        except CcRunError as error:
            done.failed.append((event, error))


def _key(workspace: Workspace) -> str:
    room = hashlib.sha256(workspace.settings.host.encode()).hexdigest()
    return f"due:{room[:_KEY_LENGTH]}"


def _ping(workspace: Workspace, what: str) -> None:
    """Tells the office's check; whether it listens is no matter of the archive."""
    url = workspace.settings.archive.ping_url.get_secret_value()
    if not url:
        return
    import httpx

    with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
        httpx.get(url.rstrip("/") + what, timeout=_PING_SECONDS)
