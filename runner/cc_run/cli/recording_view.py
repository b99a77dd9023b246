"""The live view of a recording: what an operator sees, and the keys that steer it."""

from __future__ import annotations

import contextlib
import math
import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from cc_run.cli.output import console, hanging, marked
from cc_run.cli.pace import Pace
from cc_run.cli.watching import clock
from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.language import _
from cc_run.numbers import Number
from cc_run.recording.alarms import Alarm, Cleared
from cc_run.recording.control import extend_recording, pause_recording, recording_status
from cc_run.recording.herald import Observer
from cc_run.recording.observation import Sample
from cc_run.recording.stopping import StopSignal
from cc_run.times import format_clock, now
from cc_run.workspace import Workspace

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_MIB: Final = 2**20
_MORE_MINUTES: Final = 15
_METER_CELLS: Final = 20
_METER_FLOOR: Final = -60.0


@contextmanager
def recording_view(
    workspace: Workspace, event: Event, stop: StopSignal, *, quiet: bool
) -> Iterator[Observer]:
    """Shows what happens while the block lasts; on a terminal with a picture of it that moves."""
    if quiet:
        yield Observer()
        return
    if not sys.stdout.isatty():
        zone = workspace.zone
        yield Observer(on_news=lambda news: click.echo(_news_text(news, zone)), on_told=_told_line)
        return
    from rich.live import Live

    with (
        Live(console=console(), auto_refresh=False, transient=True) as live,
        _keys(workspace, stop),
    ):
        view = _View(workspace, event, live)
        view.show(_("OBS begins to record …"))
        yield Observer(
            on_sample=view.sample, on_news=view.news, on_told=view.told, on_work=view.work
        )


class _View:
    """The lines that move."""

    def __init__(self, workspace: Workspace, event: Event, live: Live) -> None:
        self._workspace, self._event, self._live = workspace, event, live
        self._pace = Pace()

    def show(self, text: str) -> None:
        self._live.update(click.unstyle(text), refresh=True)

    def told(self, text: str, mark: str) -> None:
        self._stay(hanging(marked("", mark), text))

    def news(self, news: Alarm | Cleared) -> None:
        self._stay(_news_text(news, self._workspace.zone))

    def sample(self, sample: Sample) -> None:
        self._live.update(self._grid(sample), refresh=True)

    def work(self, done: int, total: int, text: str) -> None:
        """What follows when the recording is final."""
        from rich.text import Text

        lines = [f"{text} …  {self._pace.told(done, total)}".rstrip()]
        lines.append(_("The recording is safe. Ctrl-C leaves the rest for later."))
        self._live.update(Text("\n".join(lines)), refresh=True)

    def _stay(self, text: str) -> None:
        from rich.text import Text

        self._live.console.print(Text.from_ansi(text), soft_wrap=True)

    def _grid(self, sample: Sample) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column()
        for name, value in _rows(sample):
            grid.add_row(name, value)
        state = _("PAUSED") if sample.paused else _("RECORDING")
        colour = "yellow" if sample.paused or sample.alarms else "green"
        head = Text.assemble(
            (f" {state} ", f"bold white on {'red' if sample.alarms else colour}"),
            f"  {self._event.id}  {self._event.title}",
        )
        lines: list[RenderableType] = [Text(), head, grid]
        lines += [Text(f"✗ {alarm}", style="bold red") for alarm in sample.alarms]
        lines.append(Text(_hint(sample), style="bold cyan" if sample.overtime else "dim"))
        return Group(*lines)


def _rows(sample: Sample) -> list[tuple[str, str]]:
    rate = sample.growth * 8 / 1000
    kinds = {
        "moves": _("moves"),
        "frozen": _("does not move"),
        "black": _("black"),
        "unknown": "–",
    }
    rows: list[tuple[str, str]] = [
        (
            _("Time"),
            _("%(elapsed)s recorded · %(left)s left")
            % {"elapsed": clock(sample.elapsed), "left": clock(sample.left)},
        ),
        (
            _("File"),
            _("%(size)s MiB · %(rate)s kbit/s · part %(part)s")
            % {
                "size": Number(sample.size / _MIB),
                "rate": Number(rate, 0),
                "part": sample.segments,
            },
        ),
        (
            _("Frames"),
            _("%(late)s late · %(lost)s lost")
            % {"late": Number(sample.lagged, 0), "lost": Number(sample.dropped, 0)},
        ),
        (_("Picture"), kinds[sample.picture]),
    ]
    rows += [(name, _meter(level)) for name, level in sample.levels.items()]
    rows.append(
        (_("Disk"), _("%(minutes)s minutes left") % {"minutes": Number(sample.disk // 60, 0)})
    )
    return rows


def _meter(level: float | None) -> str:
    if level is None:
        return _("not opened")
    if level == -math.inf:
        return _("silent")
    share = min(max(1 - level / _METER_FLOOR, 0.0), 1.0)
    filled = round(share * _METER_CELLS)
    return "█" * filled + "░" * (_METER_CELLS - filled) + f" {Number(level, 0)} dBFS"


def _hint(sample: Sample) -> str:
    if sample.overtime:
        return _(
            "The event's time is over. End the recording? e: end now · +: %(minutes)s minutes more "
            "· else it ends by itself in %(left)s"
        ) % {"minutes": _MORE_MINUTES, "left": clock(sample.left)}
    return _("Keys: p pause or go on · + %(minutes)s minutes more · Ctrl-C end") % {
        "minutes": _MORE_MINUTES
    }


@contextmanager
def _keys(workspace: Workspace, stop: StopSignal) -> Iterator[None]:
    """Reads single keys in a thread, where the terminal is also what is typed on."""
    if not sys.stdin.isatty():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    over, done = os.pipe()
    reader = threading.Thread(
        target=_read_keys, args=(workspace, stop, terminal, over), daemon=True
    )
    tty.setcbreak(terminal)
    reader.start()
    try:
        yield
    finally:
        os.close(done)
        reader.join(1)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        os.close(over)


def _read_keys(workspace: Workspace, stop: StopSignal, terminal: int, over: int) -> None:
    while True:
        ready, _writable, _failed = select.select([terminal, over], [], [])
        if over in ready:
            return
        key = os.read(terminal, 1)
        with contextlib.suppress(CcRunError):
            if key in (b"e", b"E"):
                stop.set()
            elif key == b"+":
                extend_recording(workspace, _MORE_MINUTES)
            elif key in (b"p", b"P"):
                pause_recording(workspace, paused=not recording_status(workspace).paused)


def told_news(news: Alarm | Cleared) -> tuple[str, str]:
    """An alarm, or its end, as a line's text and mark."""
    if isinstance(news, Alarm):
        return news.sentence, "fail"
    words = {"seconds": Number(news.seconds, 0), "alarm": news.alarm.sentence}
    return _("Over after %(seconds)s s: %(alarm)s") % words, "ok"


def _news_text(news: Alarm | Cleared, zone: str) -> str:
    text, mark = told_news(news)
    return hanging(marked(f"{format_clock(now(), zone, seconds=True)}  ", mark), text)


def _told_line(text: str, mark: str) -> None:
    click.echo(hanging(marked("", mark), text))
