"""What a probe and its result are, and how many run at once.

A probe looks at one fact and says what it found. It never hangs (it has a time-out), never raises
(an error becomes a failed result) and never changes anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

from cc_run.errors import CcRunError
from cc_run.events import Event
from cc_run.language import _, retold
from cc_run.settings import Settings
from cc_run.settings.models import Need

T = TypeVar("T")


class Status(StrEnum):
    """How a probe ended."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True)
class Evidence:
    """What a probe saw: a picture on disk, a series of values (with its unit), or a text."""

    kind: Literal["image", "trace", "text"]
    title: str
    path: Path | None = None
    values: tuple[float, ...] = ()
    unit: str = ""
    text: str = ""


@dataclass(frozen=True)
class Finding:
    """What a probe says of its fact; ``remedy`` is one sentence that an operator can act on."""

    status: Status
    found: str
    expected: str = ""
    remedy: str = ""
    evidence: tuple[Evidence, ...] = ()


def passed(found: str, expected: str = "", *, evidence: Sequence[Evidence] = ()) -> Finding:
    """The fact is as it should be."""
    return Finding(Status.PASS, found, expected, "", tuple(evidence))


def warned(found: str, expected: str, remedy: str, *, evidence: Sequence[Evidence] = ()) -> Finding:
    """The event can go on, but someone should know."""
    return Finding(Status.WARN, found, expected, remedy, tuple(evidence))


def failed(found: str, expected: str, remedy: str, *, evidence: Sequence[Evidence] = ()) -> Finding:
    """The room is not ready because of this."""
    return Finding(Status.FAIL, found, expected, remedy, tuple(evidence))


def skipped(reason: str) -> Finding:
    """The fact does not matter here, or cannot be seen without another one."""
    return Finding(Status.SKIP, reason)


@dataclass(frozen=True)
class Context:
    """What a probe may look at: the room's settings, the event if any, a folder for evidence."""

    settings: Settings
    event: Event | None
    evidence_dir: Path
    _readings: dict[str, asyncio.Task[Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    async def once(self, name: str, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What several probes look at is asked for once: the first to come starts ``ask``.

        A probe that runs out of time gives up waiting; the others still get the answer, or the
        same error.
        """
        if name not in self._readings:
            self._readings[name] = asyncio.ensure_future(ask())
        answer: T = await asyncio.shield(self._readings[name])
        return answer

    async def end_readings(self) -> None:
        """Breaks off what nobody waits for any more."""
        for reading in self._readings.values():
            reading.cancel()
        await asyncio.gather(*self._readings.values(), return_exceptions=True)


@dataclass(frozen=True)
class Probe:
    """One check of one fact; ``id`` is ``topic.fact``, ``title`` an English message id.

    ``lasting`` says that it costs something, such as the line or the disk: who keeps looking does
    not repeat it for no reason.
    """

    id: str
    title: str
    run: Callable[[Context], Awaitable[Finding]] = field(repr=False)
    timeout: float | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Result:
    """A probe's finding with its name, how badly the fact is needed, and its seconds."""

    id: str
    title: str
    status: Status
    found: str
    expected: str
    remedy: str
    evidence: tuple[Evidence, ...]
    seconds: float
    need: Need = "required"

    def told_in(self, language: str) -> Result:
        """The same result in another language."""
        return replace(
            self,
            title=retold(self.title, language),
            found=retold(self.found, language),
            expected=retold(self.expected, language),
            remedy=retold(self.remedy, language),
        )


async def run_probe(probe: Probe, context: Context) -> Result:
    """Runs one probe to a result, whatever happens inside it."""
    started = time.monotonic()
    limit = probe.timeout or context.settings.room.probe_timeout
    try:
        finding = await asyncio.wait_for(probe.run(context), timeout=limit)
    except TimeoutError:
        finding = failed(
            _("no answer within %(seconds).0f s") % {"seconds": limit},
            "",
            _("Unplug and replug or restart the device, then check again."),
        )
    except CcRunError as error:
        finding = failed(error.message, "", error.remedy)
    except Exception as error:
        finding = failed(
            _("the check itself failed: %(reason)s")
            % {"reason": f"{type(error).__name__}: {error}"},
            "",
            _("Report this to IT together with the readiness report."),
        )
    return _judged(probe, finding, context, time.monotonic() - started)


async def run_probes(
    probes: Sequence[Probe],
    context: Context,
    *,
    on_result: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Runs all probes at once; the results come back in the probes' own order."""
    context.evidence_dir.mkdir(parents=True, exist_ok=True)

    async def one(probe: Probe) -> Result:
        result = await run_probe(probe, context)
        on_result(result)
        return result

    try:
        return list(await asyncio.gather(*(one(probe) for probe in probes)))
    finally:
        await context.end_readings()


def _judged(probe: Probe, finding: Finding, context: Context, seconds: float) -> Result:
    """A failure of something that is not required warns only; an optional one is no warning."""
    needs = context.settings.room.probe_needs
    need = needs.get(probe.id) or needs.get(probe.id.partition(".")[0], "required")
    status = finding.status
    if status is Status.FAIL and need == "preferred":
        status = Status.WARN
    elif status in (Status.FAIL, Status.WARN) and need == "optional":
        status = Status.SKIP
    return Result(
        id=probe.id,
        title=_(probe.title),
        status=status,
        found=finding.found,
        expected=finding.expected,
        remedy=finding.remedy,
        evidence=finding.evidence,
        seconds=seconds,
        need=need,
    )


async def in_thread(function: Callable[[], T]) -> T:
    """A blocking call off the loop, in a daemon thread.

    asyncio's own threads would hold up the program's exit when a device never answers.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(outcome: Callable[[], None]) -> None:
        # A time-out may have closed the loop meanwhile: then nobody listens any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if future.done() else outcome())

    def work() -> None:
        try:
            value = function()
        except BaseException as error:
            caught = error
            tell(lambda: future.set_exception(caught))
        else:
            tell(lambda: future.set_result(value))

    threading.Thread(target=work, daemon=True).start()
    return await future
