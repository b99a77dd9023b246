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

    threading.Thread(target=_follow, args=(wish, pass_on, ended), daemon=True).start()
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


def _follow(wish: ConferenceAudio, tell: Callable[[str], None], ended: threading.Event) -> None:
    """Listens until the end; a server that is gone is looked for twice a second."""
    import pulsectl

    known: SoundServer | None = None
    lost = False
    while not ended.is_set():
        try:
            with pulsectl.Pulse("cc-run watch") as pulse:
                known = _listen(pulse, known, wish, tell, ended, back=lost)
        except pulsectl.PulseError:
            if known is not None and not lost:
                tell(_("The sound server has ended"))
            lost = True
            ended.wait(_PAUSE_SECONDS)


def _listen(
    pulse: Any,
    known: SoundServer | None,
    wish: ConferenceAudio,
    tell: Callable[[str], None],
    ended: threading.Event,
    *,
    back: bool,
) -> SoundServer:
    """Follows one server to its end or ours.

    Raises:
        pulsectl.PulseError: the server has ended.
    """
    import pulsectl

    def stop(_event: Any) -> None:
        raise pulsectl.PulseLoopStop

    pulse.event_mask_set("server", "sink", "source")
    pulse.event_callback_set(stop)
    if back:
        tell(_("The sound server is back"))
    known = known or read_ports(pulse)
    while not ended.is_set():
        now = read_ports(pulse)
        for text in differences(known, now, wish):
            tell(text)
        known = now
        pulse.event_listen(timeout=_PAUSE_SECONDS)
    return known
