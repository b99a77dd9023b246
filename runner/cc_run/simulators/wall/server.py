"""The panels behind one TCP port, as a daisy chain is, with faults."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from cc_run.errors import Refusal
from cc_run.language import _

from .panel import Panel

Scenario = Literal["ok", "dribble", "refuse", "silent", "vanish"]
SCENARIOS: Final[tuple[Scenario, ...]] = get_args(Scenario)
"""ok; dribble: answers byte by byte; refuse: no panel takes a new setting; silent: the last panel
never answers; vanish: the connection closes in the middle of an answer."""

_HEADER = 0xAA
_LOOPBACK = "127.0.0.1"
_WARM_UP, _LAG = 0.3, 0.1


class Wall:
    """Panels that outlive the process when there is a folder for them.

    Args:
        numbers: the panels' ids on the chain.
        state_dir: holds ``wall.json``; None keeps nothing.
        scenario: what goes wrong; it may be changed at any time.
    """

    def __init__(
        self, numbers: Sequence[int], state_dir: Path | None = None, scenario: Scenario = "ok"
    ) -> None:
        self.scenario = scenario
        self.commands: list[tuple[int, int, bytes]] = []
        self._file = None if state_dir is None else state_dir / "wall.json"
        kept: dict[str, dict[str, str]] = {}
        if self._file and self._file.exists():
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        self.panels = {number: Panel(warm_up=_WARM_UP, lag=_LAG) for number in numbers}
        for number, panel in self.panels.items():
            for command, value in kept.get(str(number), {}).items():
                panel.values[int(command)] = bytes.fromhex(value)

    async def serve(self, port: int) -> asyncio.Server:
        """Begins to listen on the loopback interface; port 0 takes a free one."""
        return await asyncio.start_server(self._talk, _LOOPBACK, port)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readexactly(4)
                rest = await reader.readexactly(head[3] + 1)
                reply = self._reply(head, rest)
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

    def _reply(self, head: bytes, rest: bytes) -> bytes:
        """The framed answer; nothing to a broken frame or to a panel that is not there."""
        from samsung_mdc.connection import pack_response

        command, number, data = head[1], head[2], rest[:-1]
        whole = sum(head[1:] + data) % 256 == rest[-1]
        panel = self.panels.get(number)
        silent = self.scenario == "silent" and number == max(self.panels)
        if head[0] != _HEADER or not whole or panel is None or silent:
            return b""
        self.commands.append((number, command, data))
        taken, answer = panel.answer(command, data, refuses=self.scenario == "refuse")
        if taken and data:
            self._save()
        return bytes(pack_response(command, number, taken, answer))

    def _save(self) -> None:
        if self._file is None:
            return
        state = {
            number: {command: value.hex() for command, value in panel.values.items()}
            for number, panel in self.panels.items()
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(state, indent=1), encoding="utf-8")
        new.replace(self._file)


def serve_wall(
    *,
    port: int,
    panels: Sequence[int] = (1, 2, 3, 4),
    state_dir: Path | None = None,
    scenario: Scenario = "ok",
    announce: Callable[[str], None],
) -> None:
    """Serves a wall in the foreground until SIGINT or SIGTERM, then returns normally.

    Args:
        port: TCP port on 127.0.0.1; 0 takes a free one.
        panels: the panels' ids.
        state_dir: where the panels' settings are kept; None forgets them.
        scenario: what goes wrong.
        announce: called once with ``tcp://127.0.0.1:PORT``, when connections are accepted.

    Raises:
        Refusal: the port is taken, or this user may not open it.
    """

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        server = await Wall(panels, state_dir, scenario).serve(port)
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


def _parts(reply: bytes, *, whole: bool) -> list[bytes]:
    return [reply] if whole else [reply[i : i + 1] for i in range(len(reply))]
