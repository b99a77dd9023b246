"""Whether a passcode is still the one that people were told, without keeping it.

What is kept is a keyed hash; the key never leaves this machine's folder of invitations, so that
nobody can try passcodes against the journal.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

_KEY_BYTES: Final = 32
_SHOWN: Final = 32


def sealed(folder: Path, passcode: str) -> str:
    """The seal of a passcode: the key's own mark, and the hash under that key."""
    key = _key(folder / "seal.key")
    mark = hashlib.sha256(key).hexdigest()[:8]
    return f"{mark}:{hmac.new(key, passcode.encode(), hashlib.sha256).hexdigest()[:_SHOWN]}"


def differs(one: str, other: str) -> bool:
    """Whether the seals are of two passcodes; those of different keys tell nothing."""
    return one != other and one.partition(":")[0] == other.partition(":")[0]


def _key(path: Path) -> bytes:
    """The key, made when missing; of two processes that make it at once, the first one's."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".seal.", dir=path.parent)  # mode 0600
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)
    return path.read_bytes()
