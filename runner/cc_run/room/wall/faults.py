"""What can go wrong with a panel, in the words that all drivers use."""

from __future__ import annotations

from cc_run.errors import OutsideFailure, Refusal
from cc_run.language import _
from cc_run.room.wall.panel import FIELDS


def unreachable(host: str, port: int, error: OSError, protocol: str) -> OutsideFailure:
    """Why no connection came about: silence, a refusal, or the network's own reason."""
    place = {"host": host, "port": port, "protocol": protocol}
    check = _("Check that the TV wall has power and network, and its address in the settings.")
    if isinstance(error, TimeoutError):
        return OutsideFailure(_("The TV wall at %(host)s:%(port)d does not answer.") % place, check)
    if isinstance(error, ConnectionRefusedError):
        return OutsideFailure(
            _("The TV wall at %(host)s:%(port)d refuses the connection.") % place,
            _("Switch network control (%(protocol)s) on in its menu, and check tv_wall_port.")
            % place,
        )
    return OutsideFailure(
        _("The TV wall at %(host)s:%(port)d cannot be reached: %(reason)s")
        % {**place, "reason": error.strerror or error},
        check,
    )


def silent(panel: int, seconds: float) -> OutsideFailure:
    """The panel says nothing."""
    return OutsideFailure(
        _("Panel %(panel)d does not answer within %(seconds).0f s.")
        % {"panel": panel, "seconds": seconds},
        _("Check the panel's power, its cable in the chain, and its id in tv_wall_panels."),
    )


def vanished(panel: int) -> OutsideFailure:
    """The connection closed before the answer was whole."""
    return OutsideFailure(
        _("Panel %(panel)d closed the connection in mid-answer.") % {"panel": panel},
        _("Close other programs that control the wall, then try again."),
    )


def garbled(panel: int, field: str) -> OutsideFailure:
    """The answer is none that the protocol knows."""
    return OutsideFailure(
        _("Panel %(panel)d gives an answer that is not understood: %(what)s.")
        % {"panel": panel, "what": _(FIELDS.get(field, field))},
        _("Try again; if it stays so, send the panel's model and firmware to IT."),
    )


def refused(panel: int, field: str, code: str) -> Refusal:
    """The panel understood and says no."""
    return Refusal(
        _("Panel %(panel)d refuses: %(what)s (code %(code)s).")
        % {"panel": panel, "what": _(FIELDS.get(field, field)), "code": code},
        _("Unlock the panel's remote control and menu, or set it by hand."),
    )
