"""Opaque strings that carry their own expiry, as Zoom's zak and next_page_token do.

Sealing instead of storing: the string works after a restart and costs no state.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime


def seal(key: str, purpose: str, text: str, expires_at: datetime) -> str:
    """Seal a text for one purpose until a moment; the result is safe in a URL."""
    payload = json.dumps([text, int(expires_at.timestamp())]).encode()
    return (
        base64.urlsafe_b64encode(_signature(key, purpose, payload) + payload).decode().rstrip("=")
    )


def unseal(key: str, purpose: str, sealed: str, now: datetime) -> str | None:
    """The sealed text, or None when it is forged, of another purpose, or expired."""
    try:
        raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    except ValueError:
        return None
    signature, payload = raw[:32], raw[32:]
    if not hmac.compare_digest(signature, _signature(key, purpose, payload)):
        return None
    text, expires_at = json.loads(payload)
    return str(text) if now.timestamp() < expires_at else None


def _signature(key: str, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(key.encode(), purpose.encode() + b"\0" + payload, hashlib.sha256)
