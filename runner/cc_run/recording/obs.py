"""A conversation with OBS over its websocket: requests that time out, events that are awaited.

Known of the library and kept here in one place: it logs the password (so its logger is silenced),
waits for ever by default, and after a time-out gives the next request the previous answer (so a
connection that timed out is never used again).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from obsws_python import EventClient, ReqClient, Subs
from obsws_python.error import OBSSDKError, OBSSDKRequestError, OBSSDKTimeoutError
from websocket import WebSocketException

from cc_run.errors import OutsideFailure, Refusal, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Obs

logging.getLogger("obsws_python").setLevel(logging.CRITICAL + 1)

_TIMEOUT: Final = 5.0
_STARTED: Final = "OBS_WEBSOCKET_OUTPUT_STARTED"
_STOPPED: Final = "OBS_WEBSOCKET_OUTPUT_STOPPED"
_LOST: Final = (WebSocketException, OSError, JSONDecodeError, OBSSDKTimeoutError, KeyError)


@dataclass(frozen=True)
class RecordStatus:
    """OBS's own account of its recording (``seconds`` without pauses, ``size`` in bytes)."""

    active: bool
    paused: bool
    seconds: float
    size: int
    file: Path | None


class ObsGone(OutsideFailure):
    """OBS does not answer: it was closed, it crashed, or it hangs."""


class ObsConnection:
    """An open conversation; use it in a ``with`` block and from one thread."""

    def __init__(self, obs: Obs) -> None:
        self._obs = obs
        self._outputs: dict[str, Path | None] = {}
        self._changed = threading.Condition()
        try:
            self._requests = ReqClient(**self._address())
            subscriptions = Subs.OUTPUTS
            self._events = EventClient(**self._address(), subs=subscriptions)
        except OBSSDKError as error:
            raise SettingsFault(
                _("OBS does not accept the websocket password."),
                _("Run cc-run prepare, which writes the password from the vault into OBS."),
            ) from error
        except (*_LOST, ValueError) as error:
            raise _gone(obs) from error
        self._events.callback.register(self.on_record_state_changed)

    def _address(self) -> dict[str, Any]:
        return {
            "host": self._obs.host,
            "port": self._obs.port,
            "password": self._obs.password.get_secret_value(),
            "timeout": _TIMEOUT,
        }

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
        self._requests.base_client.ws.shutdown()
        self._events.base_client.ws.shutdown()

    def on_record_state_changed(self, event: Any) -> None:
        """Keeps the newest state of the recording (called by the library's thread)."""
        with self._changed:
            path = getattr(event, "output_path", None)
            self._outputs[event.output_state] = Path(path) if path else None
            self._changed.notify_all()

    def ask(self, request: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a request of the obs-websocket protocol.

        Raises:
            ObsGone: no answer in time; this connection is of no use any more.
            Refusal: OBS answers that it will not.
        """
        try:
            return self._requests.send(request, dict(data or {}), raw=True) or {}
        except OBSSDKRequestError as error:
            raise Refusal(
                _("OBS refuses %(request)s: %(reason)s") % {"request": request, "reason": error},
                _("Look at the OBS window, close any dialog there, then try again."),
            ) from error
        except _LOST as error:
            raise _gone(self._obs) from error

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

    def start_recording(self, name_format: str, timeout: float) -> Path:
        """Starts a recording and waits until OBS reports it as started; the file's path.

        StartRecord answers OK even where nothing happens (no folder, under 50 MB free), so only
        the event counts.

        Raises:
            Refusal: OBS did not start within ``timeout`` seconds.
        """
        self.ask(
            "SetProfileParameter",
            {
                "parameterCategory": "Output",
                "parameterName": "FilenameFormatting",
                "parameterValue": name_format,
            },
        )
        self._outputs.clear()
        self.ask("StartRecord")
        if not self._await(_STARTED, timeout):
            raise Refusal(
                _("OBS did not start the recording."),
                _(
                    "Check that %(folder)s exists and has more than 50 MB free, and close any "
                    "dialog in the OBS window."
                )
                % {"folder": self._obs.record_dir},
            )
        return self._outputs[_STARTED] or self._current_file() or self._obs.record_dir

    def stop_recording(self, timeout: float) -> Path | None:
        """Stops the recording and waits until its file is final; the file's path."""
        self._outputs.pop(_STOPPED, None)
        self.ask("StopRecord")
        if not self._await(_STOPPED, timeout):
            raise OutsideFailure(
                _("OBS has not finished the recording's file."),
                _("Leave OBS open, wait a moment, then run cc-run record stop again."),
            )
        return self._outputs[_STOPPED]

    def _await(self, state: str, timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: state in self._outputs, timeout)

    def _current_file(self) -> Path | None:
        for output in ("simple_file_output", "adv_file_output"):
            try:
                settings = self.ask("GetOutputSettings", {"outputName": output})
            except Refusal:
                continue
            path = settings["outputSettings"].get("path")
            return Path(path) if path else None
        return None


def _gone(obs: Obs) -> ObsGone:
    return ObsGone(
        _("OBS does not answer at %(host)s:%(port)s.") % {"host": obs.host, "port": obs.port},
        _("Start OBS (cc-run prepare does), then run the same command again."),
    )


def microphone_levels(obs: Obs, seconds: float) -> dict[str, float | None]:
    """The loudest level of each audio source over some seconds, in dBFS.

    None: OBS never opened the device; -inf: nothing but zeros (muted, unplugged).
    """
    import math
    import time

    levels: dict[str, float | None] = {}

    def on_input_volume_meters(event: Any) -> None:
        for meter in event.inputs:
            name, channels = meter["inputName"], meter["inputLevelsMul"]
            if not channels:
                levels.setdefault(name, None)
                continue
            peak = max(channel[1] for channel in channels)
            level = 20 * math.log10(peak) if peak > 0 else -math.inf
            known = levels.get(name)
            levels[name] = level if known is None else max(known, level)

    try:
        client = EventClient(
            host=obs.host,
            port=obs.port,
            password=obs.password.get_secret_value(),
            timeout=_TIMEOUT,
            subs=Subs.INPUTVOLUMEMETERS,
        )
    except (*_LOST, OBSSDKError, ValueError) as error:
        raise _gone(obs) from error
    client.callback.register(on_input_volume_meters)
    time.sleep(seconds)
    client.base_client.ws.shutdown()
    return levels
