"""Asks Zoom about the app and its hosts, one fact a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.hosting.passcode import PasscodeRule
from cc_run.hosting.quota import Quota, Quotas
from cc_run.hosting.schedule import connect
from cc_run.hosting.scopes import missing, useful
from cc_run.hosting.zoom import ZoomClient
from cc_run.language import _, joined
from cc_run.numbers import Number
from cc_run.times import now
from cc_run.workspace import Workspace

_LICENSED: Final = 2
_CLOCK_SECONDS: Final = 30.0
_EVENTS_AHEAD: Final = 50


@dataclass(frozen=True)
class HostFact:
    """What was found of the app or of a host.

    Attributes:
        subject: The app, the clock, or a host's address.
        good: Whether an event can be held so.
        found: In words.
        advice: What would be better, where something is worth it.
    """

    subject: str
    good: bool
    found: str
    advice: str = ""


def examine_hosts(workspace: Workspace) -> list[HostFact]:
    """The app first, then the clock, then each host of ``cc_zoom_hosts``."""
    app = _("Zoom app")
    hosts = workspace.settings.zoom.hosts
    with connect(workspace) as zoom:
        try:
            zoom.scopes()
        except CcRunError as error:
            return [HostFact(app, False, error.message, error.remedy)]
        facts = []
        if hosts:
            facts += _clock(zoom, hosts[0].email)
        quotas, events = Quotas(workspace.engine), _ahead(workspace)
        for host in hosts:
            facts += _host(zoom, host.email, quotas.of(host.email), events)
        # Asked last: a token that was refused meanwhile has been renewed, with the app's scopes.
        facts.insert(0, _app(app, zoom.scopes()))
    if not hosts:
        facts.append(
            HostFact(
                _("Zoom hosts"),
                False,
                _("No Zoom host is set."),
                _("Name the accounts that own meetings in cc_zoom_hosts."),
            )
        )
    return facts


def _app(subject: str, scopes: set[str]) -> HostFact:
    advice = _("Add them to the app in Zoom's Marketplace.")
    if lacking := missing(scopes):
        found = _("scopes missing: %(scopes)s") % {"scopes": ", ".join(lacking)}
        return HostFact(subject, False, found, advice)
    found = _("let in, %(count)s scopes") % {"count": len(scopes)}
    if lacking := useful(scopes):
        more = _("useful ones are missing: %(scopes)s") % {"scopes": ", ".join(lacking)}
        return HostFact(subject, True, joined((found, more), "; "), advice)
    return HostFact(subject, True, found)


def _clock(zoom: ZoomClient, email: str) -> list[HostFact]:
    subject = _("Clock")
    try:
        ahead = zoom.clock_ahead(email)
    except CcRunError:
        return []  # what is wrong is told of the host itself
    if ahead is None:
        return []
    seconds = Number(abs(ahead), 0)
    if abs(ahead) <= _CLOCK_SECONDS:
        return [HostFact(subject, True, _("agrees with Zoom's"))]
    if ahead > 0:
        found = _("this machine's is %(seconds)s s ahead of Zoom's") % {"seconds": seconds}
    else:
        found = _("this machine's is %(seconds)s s behind Zoom's") % {"seconds": seconds}
    return [HostFact(subject, False, found, _("Set it by the network: timedatectl set-ntp true"))]


def _host(zoom: ZoomClient, email: str, quota: Quota, events: list[Event]) -> list[HostFact]:
    try:
        account = zoom.user(email)
    except CcRunError as error:
        return [HostFact(email, False, error.message, error.remedy)]
    if account.get("status", "active") != "active":
        found = _("is not active in Zoom: %(status)s") % {"status": account["status"]}
        return [HostFact(email, False, found, _("Activate the user in Zoom's web portal."))]
    if account.get("type") != _LICENSED:
        found = _("has no licence: its meetings end after 40 minutes")
        return [HostFact(email, False, found, _("Give it a licence in Zoom's web portal."))]
    left = _("%(left)d of %(allowed)d requests left today") % {
        "left": quota.left,
        "allowed": quota.allowed,
    }
    try:
        settings = zoom.user_settings(email)
    except CcRunError:
        settings = {}  # the scope for it is told of above
    capacity = settings.get("feature", {}).get("meeting_capacity")
    parts = [_("licensed")]
    if capacity:
        parts.append(_("up to %(count)d people") % {"count": capacity})
    facts = [HostFact(email, True, joined([*parts, left], ", "))]
    return facts + _too_small(email, capacity, events) + _passcodes(email, settings)


def _too_small(email: str, capacity: int | None, events: list[Event]) -> list[HostFact]:
    larger = [event for event in events if capacity and (event.participants or 0) > capacity]
    if not larger:
        return []
    names = ", ".join(f"{event.id} ({event.participants})" for event in larger)
    return [
        HostFact(
            email,
            False,
            _("too small for: %(events)s") % {"events": names},
            _("Give the host a larger licence in Zoom before these events."),
        )
    ]


def _passcodes(email: str, settings: Mapping[str, Any]) -> list[HostFact]:
    if PasscodeRule.from_zoom(settings).possible:
        return []
    return [
        HostFact(
            email,
            False,
            _("no passcode of at most ten characters can follow the account's rule"),
            _("Change the passcode requirement in Zoom's web portal (Settings, Security)."),
        )
    ]


def _ahead(workspace: Workspace) -> list[Event]:
    events = workspace.events.upcoming(now(), limit=_EVENTS_AHEAD)
    gone = workspace.events.cancelled(event.number for event in events)
    return [event for event in events if event.number not in gone]
