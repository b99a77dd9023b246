"""The way out goes by cable, the cable is sound, and Wi-Fi is where the room wants it."""

from __future__ import annotations

from cc_run.language import N_, _, joined
from cc_run.probe import Context, Finding, Probe, failed, in_thread, passed, warned
from cc_run.room.network.link import Network, read_network


async def ask_kernel(context: Context) -> Network:
    """This machine's links and its way out, read once for all probes."""
    wish = context.settings.wired_network
    return await context.once(
        "network", lambda: in_thread(lambda: read_network(wish.interface, wish.phone_drivers))
    )


async def _route(context: Context) -> Finding:
    wish = context.settings.wired_network.interface
    expected = _("by cable (%(name)s)") % {"name": wish} if wish else _("by cable")
    way = (await ask_kernel(context)).way
    plug = _("Plug the network cable into the laptop and wait ten seconds.")
    if way is None:
        return failed(_("no way out: there is no default route"), expected, plug)
    name = {"name": way.link.interface}
    if way.link.kind == "wifi":
        return failed(_("by Wi-Fi (%(name)s)") % name, expected, plug)
    if way.link.kind == "phone":
        return failed(_("by a phone (%(name)s)") % name, expected, plug)
    if not way.link.carrier:
        return failed(_("no way out: %(name)s has no signal") % name, expected, plug)
    if wish and way.link.interface != wish:
        return warned(_("by cable (%(name)s)") % name, expected, plug)
    return passed(_("by cable (%(name)s)") % name, expected)


async def _cable(context: Context) -> Finding:
    wish = context.settings.wired_network
    link = (await ask_kernel(context)).cable(wish.interface)
    if link is None:
        return failed(
            _("there is no %(name)s") % {"name": wish.interface}
            if wish.interface
            else _("no network socket is found"),
            _("a network socket"),
            _("Plug the room's network adapter in; ask IT about wired_network_interface."),
        )
    if not link.carrier:
        return failed(
            _("%(name)s has no signal") % {"name": link.interface},
            _("signal"),
            _("Check both ends of the network cable and the socket's light."),
        )
    duplex = {"full": _("full duplex"), "half": _("half duplex")}.get(link.duplex)
    speed = _("%(speed)s Mbit/s") % {"speed": link.speed} if link.speed else _("speed not told")
    found = joined(part for part in (link.interface, speed, duplex) if part)
    expected = _("at least %(speed)s Mbit/s, full duplex") % {"speed": wish.speed_mbit}
    if link.duplex == "half" or (link.speed or wish.speed_mbit) < wish.speed_mbit:
        return warned(found, expected, _("Try another cable or another socket."))
    return passed(found, expected)


async def _wifi(context: Context) -> Finding:
    network = await ask_kernel(context)
    on = [link for link in network.radios if link.up]
    names = {"name": ", ".join(link.interface for link in on)}
    if context.settings.wired_network.wifi == "disabled":
        if on:
            return failed(
                _("on (%(name)s)") % names, _("off"), _("Switch Wi-Fi off: nmcli radio wifi off")
            )
        return passed(_("off") if network.radios else _("this laptop has none"), _("off"))
    if network.way is not None and network.way.link.kind == "wifi":
        return warned(
            _("in use (%(name)s): the meeting would go over it")
            % {"name": network.way.link.interface},
            _("a fallback only"),
            _("Plug the network cable in; until then, stay close to the access point."),
        )
    if not network.radios:
        return passed(_("this laptop has none"))
    if any(link.carrier for link in on):
        return passed(_("stands by as the fallback (%(name)s)") % names)
    return passed(_("on, connected to nothing (%(name)s)") % names if on else _("off"))


PROBES = (
    Probe("network.route", N_("Internet goes by cable"), _route),
    Probe("network.cable", N_("Network cable"), _cable),
    Probe("network.wifi", N_("Wi-Fi is a fallback or off"), _wifi),
)
