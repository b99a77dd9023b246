"""Cloud recordings: told of, handed out behind a token and a redirect, whole or in part."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from .meetings import find
from .records import Held, Meeting, RecordingFile
from .replies import ZoomError
from .seal import seal, unseal
from .state import Store
from .tokens import check_token
from .users import Directory
from .views import utc
from .webhooks import announce

SCOPE, CLASSIC = "cloud_recording:read:list_recording_files", "recording:read"
LINK_LIFETIME = timedelta(minutes=10)
TOKEN_LIFETIME = timedelta(days=1)
_EXTENSIONS: dict[str, str] = {"CHAT": "TXT", "TRANSCRIPT": "VTT", "CC": "VTT"}


class Given(BaseModel):
    """A file of this machine that a test or a rehearsal makes a cloud recording of."""

    model_config = ConfigDict(extra="forbid")

    path: Path
    recording_type: str = "shared_screen_with_speaker_view"
    file_type: Literal["MP4", "M4A", "CHAT", "TRANSCRIPT", "CSV"] = "MP4"
    file_name: str = ""
    recording_start: datetime | None = None
    recording_end: datetime | None = None
    status: Literal["completed", "processing"] = "completed"


def set_recordings(store: Store, meeting: Meeting, given: Sequence[Given]) -> None:
    """Say what was recorded of the last run.

    Raises:
        ValueError: the meeting has not been held.
    """
    if not meeting.held:
        raise ValueError("A meeting that was not held has no recording.")
    run = meeting.held[-1]
    run.recordings = [_kept(store, run, one) for one in given]
    store.keep(meeting)
    if run.recordings and all(file.status == "completed" for file in run.recordings):
        listed = _listed(store, meeting, run, "")
        announce(
            store,
            "recording.completed",
            meeting,
            run.uuid,
            store.now(),
            {**listed, "id": meeting.id, "host_email": meeting.host_email},
            beside={"download_token": _download_token(store, run)},
        )


def recordings(
    store: Store, directory: Directory, request: Request, key: str, base: str
) -> dict[str, object]:
    """The reply to `GET /meetings/{meetingId}/recordings`: of a run, or of the last one."""
    meeting = find(store, key)
    named = [run for run in meeting.held if run.uuid == unquote(key)] or meeting.held
    if not named or not named[-1].recordings:
        raise ZoomError(404, 3301, "There is no recording for this meeting.")
    run = named[-1]
    reply = {
        "uuid": run.uuid,
        "id": meeting.id,
        "account_id": store.account_id,
        "host_id": directory.find(meeting.host_email).id,
        "topic": meeting.topic,
        "type": str(meeting.type),
        "start_time": utc(run.started_at),
        **_listed(store, meeting, run, base),
    }
    if request.query_params.get("include_fields") == "download_access_token":
        reply["download_access_token"] = _download_token(store, run)
    return reply


def download(store: Store, request: Request, base: str) -> Response:
    """`GET /rec/download/{file}`: leads who may to the store of files, which is another host."""
    run, file = _found(store, request.path_params["file"])
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    if unseal(store.state.signing_key, "recordings", bearer, store.now()) != run.uuid:
        check_token(request, store, SCOPE, CLASSIC)
    signature = seal(store.state.signing_key, "file", file.id, store.now() + LINK_LIFETIME)
    elsewhere = base.replace("//127.0.0.1", "//localhost", 1)
    return RedirectResponse(f"{elsewhere}/rec/file/{quote(file.id)}?sig={signature}", 302)


def stored_file(store: Store, request: Request) -> Response:
    """`GET /rec/file/{file}?sig=…`: the bytes; as such stores do, it bears one kind of proof."""
    _run, file = _found(store, request.path_params["file"])
    if "authorization" in request.headers:
        raise ZoomError(400, 400, "Only one auth mechanism allowed.")
    signature = request.query_params.get("sig", "")
    if unseal(store.state.signing_key, "file", signature, store.now()) != file.id:
        raise ZoomError(403, 403, "The link has expired.")
    if not store.state.switches.ranges:
        request.scope["headers"] = [
            pair for pair in request.scope["headers"] if pair[0] != b"range"
        ]
    return FileResponse(
        store.recordings / file.id,
        media_type="application/octet-stream",
        filename=file.file_name,
    )


def _kept(store: Store, run: Held, given: Given) -> RecordingFile:
    number = str(uuid.uuid4())
    store.recordings.mkdir(exist_ok=True)
    kept = store.recordings / number
    shutil.copyfile(given.path, kept)
    start = given.recording_start or run.started_at
    extension = _EXTENSIONS.get(given.file_type, given.file_type)
    usual = f"GMT{start:%Y%m%d-%H%M%S}_Recording_{given.recording_type}.{extension.lower()}"
    return RecordingFile.model_validate(
        {
            **given.model_dump(exclude={"path"}),
            "id": number,
            "file_extension": extension,
            "file_name": given.file_name or usual,
            "file_size": kept.stat().st_size,
            "recording_start": start,
            "recording_end": given.recording_end or run.ended_at,
        }
    )


def _listed(store: Store, meeting: Meeting, run: Held, base: str) -> dict[str, Any]:
    files = [
        {
            **file.model_dump(mode="json", exclude={"file_name"}),
            "meeting_id": run.uuid,
            "recording_start": utc(file.recording_start),
            "recording_end": utc(file.recording_end),
            "download_url": f"{base}/rec/download/{quote(file.id)}",
            "play_url": f"{base}/rec/play/{quote(file.id)}",
        }
        for file in run.recordings
    ]
    return {
        "duration": int((run.ended_at - run.started_at).total_seconds() // 60),
        "total_size": sum(file.file_size for file in run.recordings),
        "recording_count": len(files),
        "recording_files": files,
    }


def _download_token(store: Store, run: Held) -> str:
    return seal(store.state.signing_key, "recordings", run.uuid, store.now() + TOKEN_LIFETIME)


def _found(store: Store, number: str) -> tuple[Held, RecordingFile]:
    for meeting in store.meetings.values():
        for run in meeting.held:
            for file in run.recordings:
                if file.id == number:
                    return run, file
    raise ZoomError(404, 3301, "This recording does not exist.")
