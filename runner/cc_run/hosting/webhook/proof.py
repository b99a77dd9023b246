"""Whether a webhook is Zoom's own and fresh, and the answer to Zoom's question for the secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cc_run.language import _
from cc_run.numbers import Number

SIGNATURE: Final = "x-zm-signature"
MOMENT: Final = "x-zm-request-timestamp"
_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
# Zoom's tokens are letters and digits. A colon would make the answer the signature of a forgery.
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)


class Untrusted(Exception):
    """The request is not taken; the reason is for the operator, nobody else is told it."""


def prove(
    secret: str, headers: Mapping[str, str], body: bytes, moment: datetime, max_age: float
) -> None:
    """Lets a body pass that Zoom has signed within the last ``max_age`` seconds.

    Raises:
        Untrusted: it is unsigned, signed with another secret, changed since, or too old.
    """
    stamp = headers.get(MOMENT, "")
    signature = headers.get(SIGNATURE, "")
    if not _DIGITS.fullmatch(stamp) or not signature:
        raise Untrusted(_("it is not signed"))
    said = b"v0:" + stamp.encode() + b":" + body
    wished = "v0=" + _digest(secret, said)
    if not hmac.compare_digest(signature.encode(), wished.encode()):
        raise Untrusted(_("its signature is wrong"))
    age = moment.timestamp() - int(stamp)
    if abs(age) > max_age:
        raise Untrusted(
            _("it was signed %(seconds)s s ago; is the clock right?") % {"seconds": Number(age, 0)}
        )


def answer(secret: str, body: Mapping[str, Any]) -> dict[str, str]:
    """What proves to Zoom that this address knows the secret.

    Raises:
        Untrusted: the token is none of Zoom's.
    """
    payload = body.get("payload")
    token = payload.get("plainToken") if isinstance(payload, Mapping) else None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise Untrusted(_("its question has another form than Zoom's"))
    return {"plainToken": token, "encryptedToken": _digest(secret, token.encode())}


def _digest(secret: str, said: bytes) -> str:
    return hmac.digest(secret.encode(), said, hashlib.sha256).hex()
