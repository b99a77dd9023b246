"""A test recording: a program of its own, so that it tidies up even where cc-run is killed.

It takes a wish as JSON on its standard input and prints what came of it as JSON. OBS's folder for
recordings stays as it is set: the test goes to a hidden folder within it, on the same disk, by the
name that is given to the file. Afterwards the name's pattern is as before and the folder is gone.
A SIGTERM ends it early; one that was killed all the same is cleared away by the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cc_run.errors import CcRunError, Refusal
from cc_run.recording.media import content_of, streams_of
from cc_run.recording.obs import ObsConnection, ObsGone
from cc_run.recording.process import is_alive
from cc_run.recording.turn import TRIAL, is_trial, turn
from cc_run.settings.models import Obs

_NAME: Final = {"parameterCategory": "Output", "parameterName": "FilenameFormatting"}
_START_SECONDS: Final = 5.0
_FINAL_SECONDS: Final = 15.0
_AGAIN_SECONDS: Final = 20.0
_LOUDEST: Final = re.compile(r"max_volume: (\S+) dB")

Outcome = Literal["played", "damaged", "busy", "not started", "gone"]


@dataclass(frozen=True)
class Tried:
    """What came of a test recording.

    Attributes:
        outcome: ``busy``: OBS was recording; ``gone``: it did not answer (any more).
        complaint: What is wrong with a damaged one.
        seconds: How long it is.
        streams: The kinds of streams in it.
        loudest: The highest level in it, in dBFS; None without sound, -inf for nothing but zeros.
    """

    outcome: Outcome
    complaint: str = ""
    seconds: float = 0.0
    streams: tuple[str, ...] = ()
    loudest: float | None = None


def try_recording(obs: Obs, seconds: float, still: Path, ended: threading.Event) -> Tried:
    """Records for some seconds and looks at what came of it; nothing of it stays.

    Args:
        obs: The OBS.
        seconds: How long.
        still: Where a picture out of it is put.
        ended: Set it to end it early.
    """
    folder = obs.record_dir / f"{TRIAL}{os.getpid()}"
    with turn(obs, given_up=ended.is_set):
        return _tried_alone(obs, folder, seconds, still, ended)


def _tried_alone(
    obs: Obs, folder: Path, seconds: float, still: Path, ended: threading.Event
) -> Tried:
    try:
        with ObsConnection(obs) as connection:
            _clear_away(obs, connection)
            if connection.record_status().active:
                return Tried("busy")
            pattern = _pattern(connection)
        try:
            return _tried(obs, folder, seconds, still, ended)
        finally:
            _restore(obs, folder, pattern)
    except ObsGone:
        return Tried("gone")
    except Refusal:
        return Tried("not started")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tried(obs: Obs, folder: Path, seconds: float, still: Path, ended: threading.Event) -> Tried:
    with ObsConnection(obs) as connection:
        file = connection.start_recording(f"{folder.name}/trial", _START_SECONDS)
        ended.wait(seconds)
        connection.stop_recording(_FINAL_SECONDS)
    return _judged(file, still)


def _restore(obs: Obs, folder: Path, pattern: str) -> None:
    """No test goes on, and files are named as before; an OBS that hangs gets some time."""
    deadline = time.monotonic() + _AGAIN_SECONDS
    while True:
        try:
            with ObsConnection(obs) as connection:
                status = connection.record_status()
                if is_trial(status) and status.file and status.file.parent.name == folder.name:
                    connection.stop_recording(_FINAL_SECONDS)
                connection.ask("SetProfileParameter", {**_NAME, "parameterValue": pattern})
                return
        except CcRunError:
            if time.monotonic() > deadline:
                return  # the next one clears it away
            time.sleep(0.2)


def _clear_away(obs: Obs, connection: ObsConnection) -> None:
    """Ends and removes what a killed test has left."""
    for folder in obs.record_dir.glob(f"{TRIAL}*"):
        owner = folder.name.removeprefix(TRIAL)
        if owner.isdigit() and is_alive(int(owner)):
            continue
        status = connection.record_status()
        if is_trial(status) and status.file and status.file.parent.name == folder.name:
            connection.stop_recording(_FINAL_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _pattern(connection: ObsConnection) -> str:
    """How OBS names its files; not by a test that was killed."""
    told = connection.ask("GetProfileParameter", _NAME)
    pattern = str(told.get("parameterValue") or "")
    return str(told.get("defaultParameterValue") or "") if TRIAL in pattern else pattern


def _judged(file: Path, still: Path) -> Tried:
    try:
        streams = streams_of(file)
        content = content_of(file)
    except CcRunError as error:
        return Tried("damaged", complaint=str(error))
    if content.complaint:
        return Tried("damaged", content.complaint, content.seconds, streams)
    played = subprocess.run(
        [
            *("ffmpeg", "-nostdin", "-hide_banner", "-xerror", "-y", "-i", str(file)),
            *("-map", "0:a?", "-map", "0:v?", "-af", "volumedetect", "-f", "null", "-"),
            *("-map", "0:v?", "-frames:v", "1", "-vf", "scale=640:-2", "-q:v", "4", str(still)),
        ],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if played.returncode:
        return Tried("damaged", _last_line(played.stderr), content.seconds, streams)
    heard = _LOUDEST.search(played.stderr)
    loudest = float(heard[1]) if heard else None
    return Tried("played", "", content.seconds, streams, loudest)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


def main() -> int:
    """Reads ``{"obs": …, "seconds": …, "still": …}`` and prints a ``Tried``."""
    wish: dict[str, Any] = json.load(sys.stdin)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    tried = try_recording(
        Obs.model_validate(wish["obs"]), wish["seconds"], Path(wish["still"]), ended
    )
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(asdict(tried)))
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
