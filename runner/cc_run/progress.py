"""How far a long work has come: told as JSON lines to whoever asked through ``CC_RUN_PROGRESS``."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

# Called with what is done and the whole, in bytes, and a text for people.
Report = Callable[[int, int, str], None]

VARIABLE: Final = "CC_RUN_PROGRESS"
_SECONDS_BETWEEN: Final = 0.2


def unheard(_done: int, _total: int, _text: str) -> None:
    """The report of work that nobody watches."""


def reporter(role: str) -> Report:
    """A report that appends to the file named in ``CC_RUN_PROGRESS``; without one, says nothing.

    A line is ``{"role": …, "done": bytes, "total": bytes, "text": …}``. At most five lines a
    second are written, and always the last one and each that has a new text.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return unheard
    turn = threading.Lock()
    last: list[tuple[float, str]] = [(float("-inf"), "")]

    def report(done: int, total: int, text: str) -> None:
        with turn:
            moment = time.monotonic()
            before, said = last[0]
            if moment - before < _SECONDS_BETWEEN and text == said and done < total:
                return
            last[0] = (moment, text)
            line = {"role": role, "done": done, "total": total, "text": text}
            with Path(path).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")

    return report
