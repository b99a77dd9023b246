"""Alarms on their way out of this machine: the desktop, a webhook, a mail.

They go in a thread of their own, so that a slow server never holds the recording up; one that does
not answer is said once.
"""

from __future__ import annotations

import queue
import shutil
import subprocess
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.language import _
from cc_run.mail import new_mail, post
from cc_run.recording.alarms import Alarm, Cleared
from cc_run.settings import Settings
from cc_run.times import now

_PATIENCE: Final = 15.0


class _Undelivered(Exception):
    """The other end did not take it; the reason is fit to be shown."""


_WAYS: Final = (OSError, ValueError, subprocess.SubprocessError, CcRunError, _Undelivered)


class Notices:
    """Hands alarms to every way that the settings name, while the block lasts.

    Args:
        settings: The room's.
        event: What is being recorded.
        on_lost: Told a sentence when a way fails for the first time.
    """

    def __init__(
        self, settings: Settings, event: Event, on_lost: Callable[[str], None] = lambda text: None
    ) -> None:
        self._settings, self._event, self._on_lost = settings, event, on_lost
        self._queue: queue.SimpleQueue[Alarm | Cleared | None] = queue.SimpleQueue()
        self._failed: set[str] = set()
        self._thread = threading.Thread(target=self._deliver, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._queue.put(None)
        self._thread.join(_PATIENCE)

    def tell(self, news: Alarm | Cleared) -> None:
        """Sends it, later."""
        self._queue.put(news)

    def _deliver(self) -> None:
        alarms = self._settings.alarms
        ways: list[tuple[str, Callable[[Alarm | Cleared], None]]] = []
        if alarms.desktop and shutil.which("notify-send"):
            ways.append((_("the desktop"), self._to_desktop))
        if alarms.webhook_url.get_secret_value():
            ways.append((_("the webhook"), self._to_webhook))
        if alarms.mail_to:
            ways.append((_("the mail server"), self._to_mail))
        while (news := self._queue.get()) is not None:
            for name, send in ways:
                try:
                    send(news)
                except _WAYS as error:
                    self._lost(name, error)

    def _lost(self, name: str, error: Exception) -> None:
        if name not in self._failed:
            self._failed.add(name)
            reason = _reason(error)
            self._on_lost(
                _("An alarm could not be sent through %(way)s: %(reason)s")
                % {"way": name, "reason": reason}
            )

    def _to_desktop(self, news: Alarm | Cleared) -> None:
        urgency = "critical" if isinstance(news, Alarm) else "normal"
        command = ["notify-send", "--app-name=cc-run", f"--urgency={urgency}"]
        subprocess.run(
            [*command, self._title(), _sentence(news)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=self._settings.alarms.timeout,
            check=True,
        )

    def _to_webhook(self, news: Alarm | Cleared) -> None:
        alarms = self._settings.alarms
        import httpx

        address = alarms.webhook_url.get_secret_value()
        try:
            answer = httpx.post(address, json=self._facts(news), timeout=alarms.timeout)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            # The library's own words hold the address, which may be a secret.
            reason = _("it answered %(code)s") % {"code": error.response.status_code}
            raise _Undelivered(reason) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _Undelivered(type(error).__name__) from None

    def _to_mail(self, news: Alarm | Cleared) -> None:
        people = ", ".join(self._settings.alarms.mail_to)
        mail = new_mail(self._settings, people, f"{self._title()}: {_sentence(news)}")
        mail.set_content(f"{_sentence(news)}\n\n{self._event.id}: {self._event.title}\n")
        post(mail, self._settings.mail)

    def _title(self) -> str:
        return f"{self._settings.room.room_name}, {self._event.id}"

    def _facts(self, news: Alarm | Cleared) -> dict[str, Any]:
        """What a webhook gets; ``text`` is what chat services show."""
        alarm = news if isinstance(news, Alarm) else news.alarm
        return {
            "text": f"{self._title()}: {_sentence(news)}",
            "room": self._settings.host,
            "event": self._event.id,
            "alarm": alarm.key,
            "state": "raised" if isinstance(news, Alarm) else "cleared",
            "at": now().isoformat(),
        }


def _reason(error: Exception) -> str:
    if isinstance(error, CcRunError):
        return error.message
    return str(error) if isinstance(error, _Undelivered) else type(error).__name__


def _sentence(news: Alarm | Cleared) -> str:
    if isinstance(news, Alarm):
        return news.sentence
    return _("Over: %(alarm)s") % {"alarm": news.alarm.sentence}
