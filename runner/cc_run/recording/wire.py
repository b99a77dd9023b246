"""The websocket to OBS: opened within a time, and heard by a thread that ends without a noise.

Of the library only the handshake and the framing are used. Its event client prints a traceback
when the connection ends in an unusual way, and it logs the password, so its logger is silenced.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from obsws_python.baseclient import ObsClient
from obsws_python.error import OBSSDKError, OBSSDKTimeoutError
from websocket import WebSocketException

from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Obs

logging.getLogger("obsws_python").setLevel(logging.CRITICAL + 1)

# All that the library lets through when the other end is gone, hangs, or is not OBS. A
# JSONDecodeError (an empty frame: OBS has closed) is a ValueError.
LOST: Final = (WebSocketException, OSError, ValueError, OBSSDKTimeoutError, KeyError, TypeError)
TIMEOUT: Final = 5.0
_EVENT: Final = 5


class ObsGone(OutsideFailure):
    """OBS does not answer: it was closed, it crashed, or it hangs."""


def gone(obs: Obs) -> ObsGone:
    """The error for an OBS that does not answer."""
    return ObsGone(
        _("OBS does not answer at %(host)s:%(port)s.") % {"host": obs.host, "port": obs.port},
        _("Start OBS (cc-run prepare does), then run the same command again."),
    )


def connect(obs: Obs, subscriptions: int = 0, timeout: float = TIMEOUT) -> Any:
    """An identified client of the library; requests wait ``timeout`` seconds for their answer.

    Raises:
        ObsGone: nobody answers there, or not as OBS does.
        SettingsFault: OBS refuses the password.
    """
    try:
        client = ObsClient(
            host=obs.host,
            port=obs.port,
            password=obs.password.get_secret_value(),
            timeout=timeout,
            subs=int(subscriptions),
        )
    except LOST as error:
        raise gone(obs) from error
    try:
        client.authenticate()
    except OBSSDKError as error:
        disconnect(client)
        raise SettingsFault(
            _("OBS does not accept the websocket password."),
            _("Run cc-run prepare, which writes the password from the vault into OBS."),
        ) from error
    except LOST as error:
        disconnect(client)
        raise gone(obs) from error
    return client


def disconnect(client: Any) -> None:
    """Ends a connection at once; a thread that reads from it wakes up."""
    client.ws.abort()
    client.ws.shutdown()


class Listener:
    """Hands OBS's events to a function, in a thread of its own, until closed or OBS is gone."""

    def __init__(
        self,
        obs: Obs,
        subscriptions: int,
        take: Callable[[str, Mapping[str, Any]], None],
        timeout: float = TIMEOUT,
    ) -> None:
        self._take = take
        self._client = connect(obs, subscriptions, timeout)
        self._client.ws.settimeout(None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    @property
    def hears(self) -> bool:
        """Whether events still come."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stops listening."""
        self._client.ws.abort()
        self._thread.join()
        disconnect(self._client)

    def _listen(self) -> None:
        while True:
            try:
                message = json.loads(self._client.ws.recv())
                kind, event = message["op"], message["d"]
            except LOST:
                return
            if kind == _EVENT:
                self._take(event["eventType"], event.get("eventData") or {})
