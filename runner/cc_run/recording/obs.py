"""A conversation with OBS over its websocket: requests that time out, events that are awaited."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from obsws_python import Subs

from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.recording.process import wait
from cc_run.recording.stopwatch import Stopwatch
from cc_run.recording.wire import LOST, TIMEOUT, Listener, ObsGone, connect, disconnect, gone
from cc_run.settings.models import Obs

__all__ = ["ObsConnection", "ObsGone", "RecordStatus"]

_STARTED: Final = "OBS_WEBSOCKET_OUTPUT_STARTED"
_PAUSED: Final = "OBS_WEBSOCKET_OUTPUT_PAUSED"
_RESUMED: Final = "OBS_WEBSOCKET_OUTPUT_RESUMED"
_STOPPING: Final = "OBS_WEBSOCKET_OUTPUT_STOPPING"
_STOPPED: Final = "OBS_WEBSOCKET_OUTPUT_STOPPED"
_LOOK_SECONDS: Final = 0.5


@dataclass(frozen=True)
class RecordStatus:
    """OBS's own account of its recording (``seconds`` without pauses, ``size`` in bytes)."""

    active: bool
    paused: bool
    seconds: float
    size: int
    file: Path | None


class ObsConnection:
    """An open conversation; use it in a ``with`` block and from one thread.

    After an ``ObsGone`` it is of no use any more: a late answer would be taken for the next one's.

    Attributes:
        watch: How long the recording lasts by the clock, kept by OBS's events from its start on.

    Raises:
        ObsGone: nobody answers, or not as OBS does.
        SettingsFault: OBS refuses the password.
    """

    def __init__(self, obs: Obs, timeout: float = TIMEOUT) -> None:
        self._obs = obs
        self._outputs: dict[str, Path | None] = {}
        self._changed = threading.Condition()
        self.watch = Stopwatch()
        self._awaited = self._followed = False
        self._requests = connect(obs, timeout=timeout)
        try:
            self._events = Listener(obs, Subs.OUTPUTS, self._take, timeout)
        except BaseException:
            disconnect(self._requests)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the conversation; OBS goes on with what it does."""
        disconnect(self._requests)
        self._events.close()

    def ask(self, request: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a request of the obs-websocket protocol.

        Raises:
            ObsGone: no answer in time; this connection is of no use any more.
            Refusal: OBS answers that it will not.
        """
        try:
            answer = self._requests.req(request, dict(data or {}))
            status = answer["requestStatus"]
        except LOST as error:
            raise gone(self._obs) from error
        if not status["result"]:
            reason = status.get("comment") or _("code %(code)s") % {"code": status["code"]}
            raise Refusal(
                _("OBS refuses %(request)s: %(reason)s") % {"request": request, "reason": reason},
                _("Look at the OBS window, close any dialog there, then try again."),
            )
        return dict(answer.get("responseData") or {})

    @property
    def stopping(self) -> bool:
        """Whether OBS has told that the recording ends or has ended."""
        with self._changed:
            return _STOPPING in self._outputs or _STOPPED in self._outputs

    def version(self) -> str:
        """OBS's version, as ``29.0.2``."""
        return str(self.ask("GetVersion")["obsVersion"])

    def record_status(self) -> RecordStatus:
        """What OBS says of its recording now."""
        status = self.ask("GetRecordStatus")
        return RecordStatus(
            active=bool(status["outputActive"]),
            paused=bool(status["outputPaused"]),
            seconds=status["outputDuration"] / 1000,
            size=int(status["outputBytes"]),
            file=self._current_file() if status["outputActive"] else None,
        )

    def start_recording(self, name: str, timeout: float, folder: Path | None = None) -> Path:
        """Starts a recording and waits until OBS reports it as started; the file's path.

        StartRecord answers OK even where nothing happens (no folder, under 50 MB free), so only
        the event counts.

        Args:
            name: The file's, without its ending.
            timeout: How many seconds OBS may take.
            folder: Where the file goes; else where OBS put the last one.

        Raises:
            Refusal: OBS did not start within ``timeout`` seconds.
        """
        self._set_parameter("Output", "FilenameFormatting", name)
        if folder is not None:
            self._set_parameter("AdvOut", "RecFilePath", str(folder))
            self._set_parameter("SimpleOutput", "FilePath", str(folder))
        self._forget(_STARTED, _STOPPING, _STOPPED)
        self._awaited = True
        self.ask("StartRecord")
        ended = time.monotonic() + timeout
        while not self._told(_STARTED):
            if time.monotonic() > ended:
                raise Refusal(
                    _("OBS did not start the recording."),
                    _(
                        "Check that %(folder)s exists and has more than 50 MB free, and close any "
                        "dialog in the OBS window."
                    )
                    % {"folder": folder or self._obs.record_dir},
                )
        return self._outputs[_STARTED] or self._current_file() or self._obs.record_dir

    def follow_recording(self, status: RecordStatus) -> None:
        """Has ``watch`` go on from where OBS stands with a recording that runs already."""
        self.watch.start(status.seconds)
        if status.paused:
            self.watch.pause()
        self._followed = True

    def pause_recording(self, *, paused: bool, timeout: float) -> None:
        """Pauses the recording or goes on with it, and waits until OBS reports it.

        PauseRecord answers OK even where OBS cannot pause: where the recording shares the encoder
        of a stream.

        Raises:
            Refusal: OBS did not do it within ``timeout`` seconds.
        """
        state = _PAUSED if paused else _RESUMED
        self._forget(state)
        self.ask("PauseRecord" if paused else "ResumeRecord")
        ended = time.monotonic() + timeout
        while not self._told(state):
            if time.monotonic() > ended:
                raise Refusal(
                    _("OBS cannot pause this recording.")
                    if paused
                    else _("OBS did not go on with the recording."),
                    _("Stop it, and record again after the break: the parts are joined."),
                )

    def stop_recording(self, timeout: float) -> None:
        """Stops the recording and waits until its file is final; fine where it has just stopped."""
        self._forget(_STOPPED)
        try:
            self.ask("StopRecord")
        except Refusal:
            if self.record_status().active:
                raise
            return
        ended = time.monotonic() + timeout
        # Where the muxer died, OBS becomes inactive without ever telling that it has stopped.
        while not self._told(_STOPPED) and self.record_status().active:
            if time.monotonic() > ended:
                raise OutsideFailure(
                    _("OBS has not finished the recording's file."),
                    _("Leave OBS open, wait a moment, then run cc-run record stop again."),
                )
        # It tells so a moment before it is so, and would refuse to start another meanwhile.
        wait(lambda: not self.record_status().active, timeout)

    def _take(self, kind: str, event: Mapping[str, Any]) -> None:
        """Keeps the newest state of the recording (called in the listener's thread)."""
        if kind != "RecordStateChanged":
            return
        state, path = event.get("outputState", ""), event.get("outputPath")
        self._keep_time(state)
        with self._changed:
            self._outputs[state] = Path(path) if path else None
            self._changed.notify_all()

    def _keep_time(self, state: str) -> None:
        if state == _STARTED:
            # What somebody else starts after ours leaves the watch as ours has left it.
            self._followed, self._awaited = self._awaited, False
            if self._followed:
                self.watch.start()
        elif self._followed and state == _RESUMED:
            self.watch.go_on()
        elif self._followed and state in (_PAUSED, _STOPPING, _STOPPED):
            self.watch.pause()

    def _set_parameter(self, category: str, name: str, value: str) -> None:
        parameter = {"parameterCategory": category, "parameterName": name}
        self.ask("SetProfileParameter", {**parameter, "parameterValue": value})

    def _forget(self, *states: str) -> None:
        with self._changed:
            for state in states:
                self._outputs.pop(state, None)

    def _told(self, state: str) -> bool:
        """Waits a little for the state; whether OBS has told it.

        Raises:
            ObsGone: OBS cannot tell it any more.
        """
        with self._changed:
            if self._changed.wait_for(lambda: state in self._outputs, _LOOK_SECONDS):
                return True
        if not self._events.hears:
            raise gone(self._obs)
        return False

    def _current_file(self) -> Path | None:
        for output in ("simple_file_output", "adv_file_output"):
            try:
                settings = self.ask("GetOutputSettings", {"outputName": output})
            except Refusal:
                continue
            path = settings["outputSettings"].get("path")
            return Path(path) if path else None
        return None
