"""Ctrl-C ends a program, whatever Python is at when it comes."""

import signal
import subprocess
import sys

DROPPED_ONCE = """
import signal, time, weakref
from cc_run.cli.interrupts import raise_always

raise_always()

class Module:
    pass

module = Module()
watcher = weakref.ref(module, lambda gone: signal.raise_signal(signal.SIGINT))
del module  # what is raised in the callback is dropped
try:
    time.sleep(60)
except KeyboardInterrupt:
    raise SystemExit(130)
"""
AT_ONCE = """
import signal
from cc_run.cli.interrupts import end_at_once

end_at_once()
signal.raise_signal(signal.SIGINT)
"""


def ran(program: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_an_interrupt_that_python_drops_comes_again() -> None:
    assert ran(DROPPED_ONCE) == (130, "")


def test_before_anything_is_begun_it_ends_the_program_without_a_word() -> None:
    assert ran(AT_ONCE) == (-signal.SIGINT, "")


def test_who_ignores_it_goes_on_ignoring_it() -> None:
    ignoring = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    assert ran(ignoring + AT_ONCE) == (0, "")
