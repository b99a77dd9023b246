"""One request to the application, with what can go wrong said in words."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from cc_run.errors import OutsideFailure, Refusal, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Mipp

_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429


def whole_url(mipp: Mipp, address: str) -> str:
    """An address of the inventory, below MIPP's own where it is not whole."""
    if urlsplit(address).scheme:
        return address
    return f"{mipp.url.rstrip('/')}/{address.lstrip('/')}"


def request(
    client: httpx.Client, mipp: Mipp, method: str, url: str, **content: Any
) -> httpx.Response:
    """The application's answer, whatever its status.

    Raises:
        OutsideFailure: none came, so what was sent may have arrived or not.
        SettingsFault: the address is none.
    """
    try:
        return client.request(method, url, **content)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise SettingsFault(
            _("MIPP's address is not one: %(url)s") % {"url": url},
            _("Correct mipp_url in the inventory: https://…"),
        ) from error
    except httpx.TimeoutException as error:
        raise OutsideFailure(
            _("MIPP did not answer within %(seconds).0f s.") % {"seconds": mipp.timeout},
            _("Check the network, then run it again; nothing is entered twice."),
        ) from error
    except httpx.HTTPError as error:
        raise OutsideFailure(
            _("MIPP cannot be reached at %(url)s: %(reason)s") % {"url": url, "reason": error},
            _("Check the network, then run it again; nothing is entered twice."),
        ) from error


def raise_for(status: int, url: str, variables: str, *, known: tuple[int, ...] = ()) -> None:
    """Turns a status that says it all into its error; those in ``known`` are the caller's.

    Raises:
        OutsideFailure: the application is broken or overrun.
        Refusal: what was sent is too large.
        SettingsFault: the address is wrong; ``variables`` names where it comes from.
    """
    if status in known:
        return
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == _TOO_MANY:
        raise OutsideFailure(
            _("MIPP is out of order for now (status %(status)d at %(url)s).")
            % {"status": status, "url": url},
            _("Run it again later; nothing is entered twice."),
        )
    if status == _TOO_LARGE:
        raise Refusal(
            _("MIPP finds the minutes and photos too large."),
            _("Lower mipp_photo_limit_kib or mipp_post_limit_kib, or file fewer photos."),
        )
    if status >= httpx.codes.BAD_REQUEST:
        raise SettingsFault(
            _("MIPP does not give the page %(url)s (status %(status)d).")
            % {"url": url, "status": status},
            _("Compare the addresses in %(variables)s with MIPP's own.") % {"variables": variables},
        )
