"""What Zoom's error replies mean to an operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx

from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.language import _

SCOPES_MISSING: Final = (4711, 104)
_VALIDATION: Final = 300
_NO_RECORDING: Final = 3301


class UnclearOutcome(OutsideFailure):
    """The request was sent, but no reply came: Zoom may or may not have acted."""


class UnknownHost(SettingsFault):
    """The account has no such user (1001, 1010), or it may not host (3161)."""


class MeetingGone(Refusal):
    """Zoom has no such meeting (3001)."""


class NoRecording(Refusal):
    """Nothing was recorded of the meeting in Zoom's cloud (3301)."""


class PasscodeRefused(Refusal):
    """The passcode does not follow the account's rule."""


class DailyLimit(Refusal):
    """The host's requests of this day are used up."""


def refused(reply: httpx.Response, path: str) -> CcRunError:
    """The error for a reply that is none of success; the HTTP status decides first."""
    said = message_of(reply)
    if code_of(reply) in SCOPES_MISSING:
        return SettingsFault(
            _("The Zoom app may not do this: %(reason)s") % {"reason": said},
            _("Add the missing scope to the app in Zoom's Marketplace."),
        )
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return OutsideFailure(
            _("Zoom asks to slow down (%(reason)s).") % {"reason": said},
            _("Run the same command again in a minute."),
        )
    if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UnclearOutcome(
            _("Zoom has a fault of its own (HTTP %(status)s).") % {"status": reply.status_code},
            _("Run the same command again in a few minutes."),
        )
    if code_of(reply) == _NO_RECORDING:
        return NoRecording(_("Zoom has no cloud recording of this meeting."))
    return _unknown(reply, said, path) or _not_allowed(reply, said)


def code_of(reply: httpx.Response) -> Any:
    """Zoom's own number of an error; None for a success."""
    return None if reply.is_success else _body(reply).get("code")


def message_of(reply: httpx.Response) -> str:
    """Zoom's sentence."""
    return str(_body(reply).get("message", "")) or f"HTTP {reply.status_code}"


def _unknown(reply: httpx.Response, said: str, path: str) -> CcRunError | None:
    """What Zoom does not know: the meeting, the host, or the app itself."""
    match reply.status_code, code_of(reply):
        case httpx.codes.NOT_FOUND, 3001:
            return MeetingGone(
                _("Zoom has no such meeting any more."), _("Make it again: cc-run host create")
            )
        case httpx.codes.NOT_FOUND, 1001:
            return UnknownHost(
                _("Zoom knows no host %(host)s.") % {"host": path.split("/")[2]},
                _("Check cc_zoom_hosts against the users of the Zoom account."),
            )
        case httpx.codes.BAD_REQUEST, 1010:
            return UnknownHost(
                _("The host is not in the app's Zoom account: %(reason)s") % {"reason": said},
                _("Check cc_zoom_hosts against the users of the Zoom account."),
            )
        case httpx.codes.BAD_REQUEST, 3161:
            return UnknownHost(
                _("Zoom does not let this host hold meetings: %(reason)s") % {"reason": said},
                _("Give the host a licence in Zoom, or name another one in cc_zoom_hosts."),
            )
        case httpx.codes.UNAUTHORIZED, _code:
            return SettingsFault(
                _("Zoom refuses the app's token: %(reason)s") % {"reason": said},
                _("Check that the app is activated in Zoom's Marketplace."),
            )
    return None


def _not_allowed(reply: httpx.Response, said: str) -> Refusal:
    errors = _body(reply).get("errors") or []
    fields = [str(item.get("field")) for item in errors]
    details = "; ".join(f"{item.get('field')}: {item.get('message')}" for item in errors)
    kind = Refusal
    if code_of(reply) == _VALIDATION and ("password" in fields or "passcode" in said.lower()):
        kind = PasscodeRefused
    return kind(
        _("Zoom refused: %(reason)s") % {"reason": f"{said} {details}".strip()},
        _("Correct what Zoom names, then run the same command again."),
    )


def _body(reply: httpx.Response) -> Mapping[str, Any]:
    """What Zoom says of an error; nothing where a proxy answered in its place."""
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
