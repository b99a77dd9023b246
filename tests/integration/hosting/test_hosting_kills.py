"""Killed between any two system calls that leave a trace, the same command makes one meeting.

The step runs in a process that this one traces. Before each call by which it could change a file
or speak to Zoom, a further process is killed there; then the step is done once more.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest

from cc_run.events import Event, Plan
from cc_run.sequence.meeting import host
from cc_run.settings import Settings
from cc_run.workspace import Workspace, open_workspace

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_LIBC.ptrace.restype = ctypes.c_long
TRACEME, SYSCALL, SETOPTIONS, SYSCALL_INFO = 0, 24, 0x4200, 0x420E
SYSGOOD, CLONE, EXITKILL = 1, 8, 1 << 20
WALL = 0x40000000
ENTRY = 1
# By the number of the system call on each kind of machine. What only reads leaves no trace.
TELLING = {
    "x86_64": {
        "openat": 257,
        "others": {1, 18, 20, 42, 44, 46, 74, 75, 77, 82, 83, 87, 231, 263, 264, 316},
    },
    "aarch64": {
        "openat": 56,
        "others": {64, 68, 66, 203, 206, 211, 82, 83, 46, 38, 34, 35, 94, 276},
    },
}[os.uname().machine]


def ptrace(request: int, pid: int, data: int = 0, address: int = 0) -> int:
    done: int = _LIBC.ptrace(request, pid, address, data)
    if done < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"ptrace: {os.strerror(number)}")
    return done


def tells(tid: int) -> bool:
    """Whether the thread stands before a call that others could see the trace of."""
    info = ctypes.create_string_buffer(88)
    ptrace(SYSCALL_INFO, tid, ctypes.addressof(info), len(info))
    if info.raw[0] != ENTRY:
        return False
    number, _first, _second, flags = struct.unpack_from("<4Q", info.raw, 24)
    if number == TELLING["openat"]:
        return bool(flags & os.O_CREAT)
    return number in TELLING["others"]


def traced(act: Callable[[], object], kill_before: int) -> bool:
    """Runs ``act`` in a process of its own and kills it before its telling call of that number.

    Returns whether it came so far.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ptrace(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            act()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.waitpid(pid, WALL)
    ptrace(SETOPTIONS, pid, SYSGOOD | CLONE | EXITKILL)
    ptrace(SYSCALL, pid)
    seen = 0
    while True:
        tid, status = os.waitpid(-1, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            if tid == pid:
                assert status in (0, signal.SIGKILL), status
                return status != 0
            continue
        stop = os.WSTOPSIG(status)
        at_call = stop == signal.SIGTRAP | 0x80
        if at_call and tells(tid):
            if seen == kill_before:
                os.kill(pid, signal.SIGKILL)
            seen += 1
        passed_on = 0 if at_call or stop in (signal.SIGTRAP, signal.SIGSTOP) else stop
        with suppress(ProcessLookupError):  # killed meanwhile
            ptrace(SYSCALL, tid, passed_on)


@pytest.fixture
def events(workspace: Workspace, plan: Plan) -> Iterator[Event]:
    """One event after the other, a day apart."""

    def planned() -> Iterator[Event]:
        for day in count():
            times = {
                "starts_at": plan.starts_at + timedelta(days=day),
                "ends_at": plan.ends_at + timedelta(days=day),
            }
            yield workspace.events.add(plan.model_copy(update=times), workspace.zone)

    return planned()


@pytest.mark.timeout(900)
def test_a_kill_between_any_two_system_calls_makes_no_second_meeting(
    desk, settings: Settings, workspace: Workspace, events: Iterator[Event]
) -> None:
    desk.emulator.control("PUT", "/switches", {"daily_limit": None})
    host(workspace, next(events))  # the token is there

    def step(event: Event) -> Callable[[], object]:
        return lambda: host(open_workspace(settings), event)

    done: Counter[str] = Counter()
    for at in count():
        event = next(events)
        killed = traced(step(event), at)
        made = host(workspace, event)
        marker = f"[{event.id} "
        [only] = [one for one in desk.meetings() if one["agenda"].startswith(marker)]
        assert only["id"] == made.hosted.meeting.id, at
        if not killed:
            break
        done[made.hosted.done] += 1
    # Killed before Zoom had acted, between that and the note of its number, and after it.
    assert set(done) == {"created", "adopted", "kept"}
    assert done.total() > 50
    assert workspace.journal.verify() == []
