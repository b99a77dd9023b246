"""Is the conference phone there, the default, unmuted, at its volume, and does it hear the room?"""

from __future__ import annotations

from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import N_, _, joined
from cc_run.numbers import Number
from cc_run.probe import (
    Context,
    Evidence,
    Finding,
    Probe,
    failed,
    in_thread,
    passed,
    skipped,
    warned,
)
from cc_run.room.sound.beeps import play_and_listen, stand_out
from cc_run.room.sound.hearing import listen
from cc_run.room.sound.server import Port, SoundServer, ask_sound_server
from cc_run.room.sound.waves import SILENCE_DB, clipped_percent, levels


async def _present(context: Context) -> Finding:
    wish, server = context.settings.conference_audio, await _server(context)
    speaker, microphone = server.loudspeaker(wish), server.microphone(wish)
    if speaker and microphone:
        return passed(speaker.description)
    expected = _("conference phone with loudspeaker and microphone")
    if speaker is None and microphone is None:
        return failed(
            _("missing: %(parts)s") % {"parts": joined((_("loudspeaker"), _("microphone")))},
            expected,
            _("Plug the conference phone's USB cable into the laptop and check its power."),
        )
    return failed(
        _("missing: %(parts)s") % {"parts": _("microphone") if speaker else _("loudspeaker")},
        expected,
        _("Unplug the conference phone, wait five seconds, plug it in again, then check again."),
    )


async def _default(context: Context) -> Finding:
    ports = [port for port in await _phone(context) if port]
    if not ports:
        return _no_phone()
    wrong = [port.description for port in ports if not port.default]
    if wrong:
        return failed(
            _("not the default: %(names)s") % {"names": ", ".join(dict.fromkeys(wrong))},
            _("the conference phone is the default"),
            _("Run cc-run prepare, which makes it the default."),
        )
    return passed(_("the conference phone is the default"))


async def _unmuted(context: Context) -> Finding:
    speaker, microphone = await _phone(context)
    if speaker is None and microphone is None:
        return _no_phone()
    parts = ((_("loudspeaker"), speaker), (_("microphone"), microphone))
    muted = [name for name, port in parts if port and port.muted]
    if muted:
        return failed(
            _("muted: %(parts)s") % {"parts": joined(muted)},
            _("not muted"),
            _("Press the mute button of the conference phone, or run cc-run prepare."),
        )
    return passed(_("not muted"))


async def _volume(context: Context) -> Finding:
    wish, (speaker, microphone) = context.settings.conference_audio, await _phone(context)
    if speaker is None or microphone is None:
        return _no_phone()
    template = _("loudspeaker %(speaker)s %%, microphone %(microphone)s %%")
    shown = template % {"speaker": speaker.volume, "microphone": microphone.volume}
    expected = template % {"speaker": wish.volume, "microphone": wish.microphone_volume}
    off = (abs(speaker.volume - wish.volume), abs(microphone.volume - wish.microphone_volume))
    if max(off) > wish.volume_tolerance:
        return warned(shown, expected, _("Run cc-run prepare, which sets the volumes."))
    return passed(shown, expected)


async def _microphone(context: Context) -> Finding:
    wish, (_speaker, microphone) = context.settings.conference_audio, await _phone(context)
    if microphone is None:
        return skipped(_("no microphone"))
    samples = await _heard(context, microphone)
    trace = levels(samples)
    expected = _("above %(floor)s dBFS") % {"floor": Number(wish.floor_db, 0)}
    remedy = _("Speak into the microphone; if nothing changes, check its mute button and cable.")
    if not trace:
        return failed(
            _("no samples arrive"),
            expected,
            _(
                "Unplug the conference phone, wait five seconds, plug it in again, then check"
                " again."
            ),
        )
    loudest, cut = max(trace), clipped_percent(samples)
    evidence = [Evidence("trace", microphone.description, values=tuple(trace), unit="dBFS")]
    if loudest <= SILENCE_DB:
        return failed(_("nothing but zeros"), expected, remedy, evidence=evidence)
    found = _("%(level)s dBFS") % {"level": Number(loudest, 0)}
    if loudest <= wish.floor_db:
        return failed(found, expected, remedy, evidence=evidence)
    if cut > wish.clipped_percent:
        return warned(
            _("distorted: %(share)s %% at full scale") % {"share": Number(cut)},
            _("at most %(share)s %% at full scale") % {"share": Number(wish.clipped_percent)},
            _("Move what is loud away from the microphone, or lower its volume, then check again."),
            evidence=evidence,
        )
    return passed(found, expected, evidence=evidence)


async def _tone(context: Context) -> Finding:
    wish, (speaker, microphone) = context.settings.conference_audio, await _phone(context)
    if speaker is None:
        return skipped(_("no loudspeaker"))
    if microphone is not None:
        await _heard(context, microphone)  # the level is the room's, without the tone
    # A phone takes its own sound out of its microphone; another may hear it all the same.
    others = [port for port in (await _server(context)).microphones() if port != microphone]
    ears = [*([microphone] if microphone else []), *others]
    if not ears:
        return skipped(_("no microphone"))
    names = [port.name for port in ears]
    heard = await play_and_listen(wish, speaker.name, names, context.evidence_dir)
    clarity = await in_thread(lambda: [stand_out(one, wish.tone_hz) for one in heard])
    best = max(range(len(ears)), key=clarity.__getitem__)
    expected = _("%(rise)s dB above the room") % {"rise": Number(wish.tone_rise_db, 0)}
    trace = tuple(levels(heard[best]))
    evidence = [Evidence("trace", ears[best].description, values=trace, unit="dBFS")]
    facts = {"name": ears[best].description, "rise": Number(clarity[best], 0)}
    if clarity[best] < wish.tone_rise_db:
        return failed(
            _("no microphone hears the test tone"),
            expected,
            _(
                "Turn the conference phone's volume up and play the tone again; if you hear both"
                " beeps yourself, the loudspeaker works."
            ),
            evidence=evidence,
        )
    return passed(
        _("%(name)s hears it, %(rise)s dB above the room") % facts, expected, evidence=evidence
    )


async def _server(context: Context) -> SoundServer:
    """The sound server, asked once.

    Raises:
        OutsideFailure: it is not there, or it hangs.
    """
    limit = context.settings.conference_audio.answer_seconds
    return await context.once("sound server", lambda: ask_sound_server(limit))


async def _phone(context: Context) -> tuple[Port | None, Port | None]:
    """Loudspeaker and microphone; neither where no sound server answers: one probe tells that."""
    wish = context.settings.conference_audio
    try:
        server = await _server(context)
    except OutsideFailure:
        return None, None
    return server.loudspeaker(wish), server.microphone(wish)


async def _heard(context: Context, microphone: Port) -> bytes:
    wish = context.settings.conference_audio
    return await context.once(
        "microphone", lambda: listen(microphone.name, wish.level_seconds, wish.answer_seconds)
    )


def _no_phone() -> Finding:
    return skipped(_("no conference phone"))


PROBES: Final = (
    Probe("sound.present", N_("Conference phone is attached"), _present),
    Probe("sound.default", N_("Conference phone is the default"), _default),
    Probe("sound.unmuted", N_("Conference phone is not muted"), _unmuted),
    Probe("sound.volume", N_("Conference phone's volumes"), _volume),
    Probe("sound.microphone", N_("Microphone hears the room"), _microphone),
)
# It can be heard in the room, so that it runs only when a person asks for it.
ON_REQUEST: Final = (Probe("sound.tone", N_("Loudspeaker is heard"), _tone, timeout=30.0),)
