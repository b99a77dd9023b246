"""Asks Zoom about the app and its hosts, one fact a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cc_run.errors import CcRunError
from cc_run.hosting.scopes import missing
from cc_run.hosting.token import TokenCache
from cc_run.hosting.zoom import ZoomClient
from cc_run.language import _
from cc_run.settings import Settings

_LICENSED: Final = 2


@dataclass(frozen=True)
class HostFact:
    """What was found of the app or of a host."""

    subject: str
    good: bool
    found: str


def examine_hosts(settings: Settings) -> list[HostFact]:
    """The app first, then each host of ``cc_zoom_hosts``."""
    folder, app = settings.room.state_dir / "zoom", _("Zoom app")
    with ZoomClient(TokenCache(folder, settings.zoom), settings.zoom.timeout) as zoom:
        try:
            scopes = zoom.scopes()
        except CcRunError as error:
            return [HostFact(app, False, str(error))]
        hosts = [_host(zoom, host.email) for host in settings.zoom.hosts]
    if lacking := missing(scopes):
        found = _("scopes missing: %(scopes)s") % {"scopes": ", ".join(lacking)}
        return [HostFact(app, False, found), *hosts]
    found = _("let in, %(count)s scopes") % {"count": len(scopes)}
    return [HostFact(app, True, found), *hosts]


def _host(zoom: ZoomClient, email: str) -> HostFact:
    try:
        account = zoom.user(email)
    except CcRunError as error:
        return HostFact(email, False, str(error))
    if account.get("type") != _LICENSED:
        return HostFact(email, False, _("has no licence: its meetings end after 40 minutes"))
    return HostFact(email, True, _("licensed"))
