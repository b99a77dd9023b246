"""Programs that probes start: they end with whoever waits for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cc_run.errors import OutsideFailure
from cc_run.processes import run_program

STARTS_ONE = """
import asyncio, sys
from cc_run.processes import run_program
program = ["sh", "-c", 'echo $$ > "$0"; exec sleep 600', sys.argv[1]]
asyncio.run(run_program(program, package="dash"))
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_ends_when_the_one_that_waits_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", STARTS_ONE, str(told)]) as waiting:
        while not (told.exists() and told.read_text().endswith("\n")):
            assert waiting.poll() is None
            time.sleep(0.02)
        pid = int(told.read_text())
        assert alive(pid)
        waiting.kill()
    while alive(pid):
        time.sleep(0.02)


def test_a_program_that_is_given_up_ends_with_all_it_started(tmp_path: Path) -> None:
    told = tmp_path / "pids"
    program = ["sh", "-c", f"sleep 600 & echo $! > {told}.new; mv {told}.new {told}; wait"]

    async def give_up() -> None:
        running = asyncio.ensure_future(run_program(program, package="dash"))
        while True:
            if await asyncio.to_thread(told.exists):
                break
            await asyncio.sleep(0.02)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(give_up())
    while alive(int(told.read_text())):
        time.sleep(0.02)


def test_what_a_program_said_and_how_it_ended_is_told() -> None:
    script = "echo out; echo first >&2; echo last >&2; exit 3"
    outcome = asyncio.run(run_program(["sh", "-c", script], package="dash"))
    assert (outcome.returncode, outcome.text, outcome.complaint) == (3, "out\n", "last")


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(OutsideFailure, match="no-such-program") as failure:
        asyncio.run(run_program(["no-such-program"], package="some-package"))
    assert "some-package" in failure.value.remedy
