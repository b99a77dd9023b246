"""Ctrl-C that is never lost.

Python raises KeyboardInterrupt wherever it happens to be, and drops it where nothing can be raised:
in a callback of the garbage collector, as the end of each import has one. A program's first second
is all imports.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

_MOMENT = 0.02


def end_at_once() -> None:
    """Until ``raise_always``, Ctrl-C ends the program without a word: nothing is begun yet."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def raise_always() -> None:
    """From now on it is a KeyboardInterrupt, and one that is dropped comes again."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _again


def _again(dropped: sys.UnraisableHookArgs) -> None:
    if not issubclass(dropped.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
        return
    # Later, for what is raised in here would be dropped too.
    later = threading.Timer(_MOMENT, os.kill, (os.getpid(), signal.SIGINT))
    later.daemon = True
    later.start()
