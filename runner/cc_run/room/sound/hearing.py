"""Listening to a microphone through ``parec``, for a probe or for a person who waits."""

from __future__ import annotations

import asyncio
import contextlib
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Final

from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.processes import tied
from cc_run.room.sound.waves import RATE, WINDOW, WINDOW_SECONDS, levels

_BLOCK: Final = WINDOW * 2


async def listen(source: str, seconds: float, patience: float) -> bytes:
    """What a source hears, as samples; fewer than asked for where it falls silent before.

    Args:
        source: The source's name.
        seconds: How long to listen.
        patience: How many seconds more it may take.

    Raises:
        OutsideFailure: parec is not installed.
    """
    process = await asyncio.create_subprocess_exec(
        *_recorder(source),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    heard = bytearray()
    wanted = int(seconds * RATE) * 2
    try:
        async with asyncio.timeout(seconds + patience):
            while process.stdout is not None and len(heard) < wanted:
                block = await process.stdout.read(wanted - len(heard))
                if not block:
                    break
                heard += block
    except TimeoutError:
        pass  # the source sleeps, or the server stands still: what came is the answer
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return bytes(heard)


def hear(source: str, seconds: float, patience: float) -> Iterator[float]:
    """The source's level every 50 ms, for so long as it is asked for and at most so long.

    Args:
        source: The source's name.
        seconds: How long to listen at most.
        patience: How many seconds more it may take.

    Raises:
        OutsideFailure: parec is not installed.
    """
    with subprocess.Popen(
        _recorder(source),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        bufsize=0,
    ) as process:
        try:
            yield from _levels(process, seconds, patience)
        finally:
            process.kill()


def _levels(process: subprocess.Popen[bytes], seconds: float, patience: float) -> Iterator[float]:
    wanted, heard, block = round(seconds / WINDOW_SECONDS), 0, b""
    deadline = time.monotonic() + seconds + patience
    while heard < wanted and process.stdout is not None:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            return  # the source is asleep
        read = process.stdout.read(_BLOCK - len(block))
        if not read:
            return
        block += read
        if len(block) == _BLOCK:
            yield from levels(block)
            heard, block = heard + 1, b""


def _recorder(source: str) -> list[str]:
    if shutil.which("parec") is None:
        raise OutsideFailure(
            _("The program %(program)s is not installed.") % {"program": "parec"},
            _("Install it: sudo apt-get install %(package)s") % {"package": "pulseaudio-utils"},
        )
    command = [
        *("parec", "-d", source, "--format=s16ne", f"--rate={RATE}", "--channels=1", "--raw"),
        # Without it the first sound comes seconds late.
        "--latency-msec=50",
        # When the phone is unplugged, another microphone must not take its place unseen.
        "--property=node.dont-reconnect=true",
    ]
    return tied(command)
