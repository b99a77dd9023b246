"""The conference phone and the defaults, as the sound server tells of them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from cc_run.language import _
from cc_run.room.hotplug.change import Change, Tell
from cc_run.room.sound.server import Port, SoundServer, read_ports
from cc_run.settings.models import ConferenceAudio

_PAUSE_SECONDS: Final = 0.5


@contextmanager
def sound_changes(wish: ConferenceAudio, tell: Tell) -> Iterator[None]:
    """Tells of what changes in the sound server for as long as the block lasts.

    A server that ends is waited for. It is listened to in a thread, as its library blocks.
    """
    loop, ended = asyncio.get_running_loop(), threading.Event()

    def pass_on(text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, Change("sound", text))

    ear = _Ear(wish, pass_on)
    threading.Thread(target=ear.listen, args=(ended,), daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def differences(before: SoundServer, after: SoundServer, wish: ConferenceAudio) -> list[str]:
    """What has changed of the conference phone and of the defaults, in sentences."""
    parts = (
        (_("Loudspeaker"), before.loudspeaker(wish), after.loudspeaker(wish)),
        (_("Microphone"), before.microphone(wish), after.microphone(wish)),
    )
    told = [text for name, was, now in parts for text in _of_port(name, was, now)]
    defaults = (
        (_("Loudspeaker"), _default(before.sinks), _default(after.sinks)),
        (_("Microphone"), _default(before.sources), _default(after.sources)),
    )
    for name, was, now in defaults:
        if now and (was is None or was.name != now.name):
            facts = {"part": name, "name": now.description}
            told.append(_("%(part)s by default: %(name)s") % facts)
    return told


def _of_port(name: str, was: Port | None, now: Port | None) -> Iterator[str]:
    if now is None:
        if was is not None:
            yield _("%(part)s unplugged: %(name)s") % {"part": name, "name": was.description}
        return
    facts = {"part": name, "name": now.description, "volume": now.volume}
    if was is None:
        yield _("%(part)s plugged in: %(name)s") % facts
        return
    if was.muted != now.muted:
        yield (
            _("%(part)s muted: %(name)s") if now.muted else _("%(part)s unmuted: %(name)s")
        ) % facts
    if was.volume != now.volume:
        yield _("%(part)s at %(volume)s %%: %(name)s") % facts


def _default(ports: tuple[Port, ...]) -> Port | None:
    return next((port for port in ports if port.default), None)


class _Ear:
    """Listens to the sound server in a thread of its own."""

    def __init__(self, wish: ConferenceAudio, tell: Callable[[str], None]) -> None:
        self._wish = wish
        self._tell = tell
        self._known: SoundServer | None = None
        self._lost = False

    def listen(self, ended: threading.Event) -> None:
        """Listens until the end; a server that is gone is looked for twice a second."""
        import pulsectl

        while not ended.is_set():
            try:
                with pulsectl.Pulse("cc-run watch") as pulse:
                    self._follow(pulse, ended)
            except (pulsectl.PulseError, pulsectl.PulseDisconnected):
                if self._known is not None and not self._lost:
                    self._lost = True
                    self._tell(_("The sound server has ended"))
                ended.wait(_PAUSE_SECONDS)

    def _follow(self, pulse: Any, ended: threading.Event) -> None:
        """Follows one server to its end, which raises, or to ours."""
        import pulsectl

        def stop(_event: Any) -> None:
            raise pulsectl.PulseLoopStop

        pulse.event_mask_set("server", "sink", "source")
        pulse.event_callback_set(stop)
        while not ended.is_set():
            now = read_ports(pulse)
            if self._lost:
                self._lost = False
                self._tell(_("The sound server is back"))
            for text in differences(self._known or now, now, self._wish):
                self._tell(text)
            self._known = now
            pulse.event_listen(timeout=_PAUSE_SECONDS)
