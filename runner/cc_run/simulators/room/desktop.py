"""The private desktop: an X server without a screen, which only the room's own programs may use."""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cc_run.simulators.room.processes import running, wait_until

SCREEN: Final = "1280x800x24"
_ANY_HOST: Final = 0xFFFF  # Xauth's FamilyWild: any host, any display
_COOKIE_BYTES: Final = 16


@contextmanager
def desktop(environment: Mapping[str, str], logs: Path) -> Iterator[str]:
    """Runs the X server on a free display number and yields its name, as in ``DISPLAY``.

    Args:
        environment: The room's environment; ``XAUTHORITY`` says where the key is put.
        logs: The folder for the server's output.
    """
    key = Path(environment["XAUTHORITY"])
    _write_key(key)
    log = logs / "xvfb.log"
    # The server picks the number itself: asking and then taking it would be a race.
    number = logs / "display"
    number.unlink(missing_ok=True)
    server = ["Xvfb", "-displayfd", "9", "-screen", "0", SCREEN, "-nolisten", "tcp"]
    program = ["sh", "-c", 'exec "$@" 9>"$0"', str(number), *server, "-auth", str(key), "-noreset"]
    with running(program, environment={**os.environ, **environment}, log=log) as process:

        def display() -> str:
            said = number.read_text() if number.exists() else ""
            return f":{said.strip()}" if said.endswith("\n") else ""

        yield wait_until(display, process, name="Xvfb", log=log)


def _write_key(path: Path) -> None:
    name = b"MIT-MAGIC-COOKIE-1"
    cookie = secrets.token_bytes(_COOKIE_BYTES)
    record = struct.pack(">HHHH", _ANY_HOST, 0, 0, len(name)) + name
    path.touch(mode=0o600)
    path.write_bytes(record + struct.pack(">H", len(cookie)) + cookie)
