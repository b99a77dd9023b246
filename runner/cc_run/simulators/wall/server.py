"""Panels behind one TCP port, as a chain's first one or a projector is, with faults."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Protocol, get_args

from cc_run.errors import Refusal
from cc_run.language import _

from .lg import Lg
from .pjlink import PjLink
from .samsung import Samsung
from .scenarios import Scenario

Make = Literal["samsung_mdc", "lg", "pjlink"]
MAKES: Final[tuple[Make, ...]] = get_args(Make)

_LOOPBACK = "127.0.0.1"


class Panels(Protocol):
    """What listens behind the port: panels with a memory, that speak one protocol."""

    panels: Any
    commands: Any

    def kept(self) -> Mapping[str, Mapping[str, Any]]:
        """What outlives the process."""

    def restore(self, kept: Any) -> None:
        """Takes up what was kept."""

    def greeting(self) -> bytes:
        """What is said when someone connects."""

    async def answer(self, reader: asyncio.StreamReader, scenario: Scenario) -> bytes:
        """The answer to what is asked next."""


class Wall:
    """Panels that outlive the process when there is a folder for them.

    Args:
        numbers: the panels' ids on the chain; PJLink has one device.
        state_dir: holds ``wall.json``; None keeps nothing.
        scenario: what goes wrong; it may be changed at any time.
        make: what the panels speak.
        password: what PJLink asks for.
    """

    def __init__(
        self,
        numbers: Sequence[int],
        state_dir: Path | None = None,
        scenario: Scenario = "ok",
        make: Make = "samsung_mdc",
        password: str = "",
    ) -> None:
        self.scenario = scenario
        self._speaker = _speaker(make, numbers, password)
        self._file = None if state_dir is None else state_dir / "wall.json"
        if self._file and self._file.exists():
            self._speaker.restore(json.loads(self._file.read_text(encoding="utf-8")))
        self._saved = self._speaker.kept()

    @property
    def panels(self) -> Any:
        """Each panel by its id."""
        return self._speaker.panels

    @property
    def commands(self) -> Any:
        """What was asked so far."""
        return self._speaker.commands

    async def serve(self, port: int, address: str = _LOOPBACK) -> asyncio.Server:
        """Begins to listen on the loopback interface; port 0 takes a free one."""
        return await asyncio.start_server(self._talk, address, port)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self._speaker.greeting())
            while True:
                reply = await self._speaker.answer(reader, self.scenario)
                self._save()
                if self.scenario == "vanish":
                    writer.write(reply[:5])
                    break
                for part in _parts(reply, whole=self.scenario != "dribble"):
                    writer.write(part)
                    await writer.drain()
                    # Without a pause the kernel may put the bytes together again.
                    await asyncio.sleep(0 if self.scenario != "dribble" else 0.002)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _save(self) -> None:
        state = self._speaker.kept()
        if self._file is None or state == self._saved:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(state, indent=1), encoding="utf-8")
        new.replace(self._file)
        self._saved = state


def serve_wall(
    *,
    port: int,
    panels: Sequence[int] = (1, 2, 3, 4),
    state_dir: Path | None = None,
    scenario: Scenario = "ok",
    make: Make = "samsung_mdc",
    password: str = "",
    announce: Callable[[str], None],
) -> None:
    """Serves a wall in the foreground until SIGINT or SIGTERM, then returns normally.

    Args:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        panels: the panels' ids.
        state_dir: where the panels' settings are kept; None forgets them.
        scenario: what goes wrong.
        make: what the panels speak.
        password: what PJLink asks for.
        announce: called once with ``tcp://127.0.0.1:PORT``, when connections are accepted.

    Raises:
        Refusal: the port is taken, or this user may not open it.
    """

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        server = await Wall(panels, state_dir, scenario, make, password).serve(port)
        announce(f"tcp://{_LOOPBACK}:{server.sockets[0].getsockname()[1]}")
        await stop.wait()
        server.close()

    try:
        asyncio.run(run())
    except OSError as problem:
        if problem.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise Refusal(
            _("Port %(port)d cannot be opened") % {"port": port},
            _("Choose another port, or 0 for any free one"),
        ) from problem


def _speaker(make: Make, numbers: Sequence[int], password: str) -> Panels:
    if make == "lg":
        return Lg(numbers)
    if make == "pjlink":
        return PjLink(password)
    return Samsung(numbers)


def _parts(reply: bytes, *, whole: bool) -> list[bytes]:
    return [reply] if whole else [reply[i : i + 1] for i in range(len(reply))]
