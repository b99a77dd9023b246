"""Run a program that must not outlive its owner: `leash.py OWNER_PID [--sweep DIR] -- PROGRAM …`.

A process that is killed with signal 9 ends nothing that it started. A leash watches its owner from
outside: when the owner is gone it ends the program and all the program's descendants, and removes
the folder that the owner would have swept. It is run as a script by the bare interpreter (`-IS`),
so it uses the standard library alone and is up in some fifty milliseconds.

The program gets a process group of its own, so that a signal to the leash's group reaches it once:
through the leash, which passes SIGINT, SIGTERM and SIGHUP on. At a terminal the program becomes the
foreground group and takes Ctrl-C from there. SIGUSR1 to the leash kills the program outright. The
leash exits as the program did: 128 + n after signal n.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
END_NOW = signal.SIGUSR1
GRACE_SECONDS = 3.0
PR_SET_CHILD_SUBREAPER = 36


def main(arguments: list[str]) -> int:
    """Run the program to its end, or to its owner's, and return its exit code."""
    separator = arguments.index("--")
    owner, options, program = int(arguments[0]), arguments[1:separator], arguments[separator + 1 :]
    try:
        owner_alive = os.pidfd_open(owner)
    except ProcessLookupError:
        return 128 + signal.SIGKILL
    # Orphaned grandchildren come to us instead of to init, so that none can slip away.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
    for number in (*PASSED_ON, END_NOW):
        signal.signal(number, lambda *_: None)
    terminal = _foreground_terminal()
    child = _start(program, terminal)
    status = _watch(child, owner_alive, wake_reader)
    _end_descendants()
    if terminal is not None:
        _give_terminal(terminal, os.getpgrp())
    if select.select([owner_alive], [], [], 0)[0]:
        for folder in options[1:]:
            import shutil  # slow to load, and seldom needed

            shutil.rmtree(folder, ignore_errors=True)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _start(program: list[str], terminal: int | None) -> int:
    # setpriv becomes the program; with it the program dies even if the leash itself is killed.
    child = os.posix_spawnp(
        "setpriv",
        ["setpriv", "--pdeathsig", "KILL", "--", *program],
        os.environ,
        setpgroup=0,
        setsigdef=[*PASSED_ON, END_NOW, signal.SIGPIPE, signal.SIGXFSZ],
    )
    if terminal is not None:
        _give_terminal(terminal, child)
        _signal(child, signal.SIGCONT)  # it may have touched the terminal too early
    return child


def _watch(child: int, owner_alive: int, wake_reader: int) -> int:
    """The child's wait status, after its own end or the end that its owner's death brought it."""
    child_alive = os.pidfd_open(child)
    poller = select.poll()
    for descriptor in (child_alive, owner_alive, wake_reader):
        poller.register(descriptor, select.POLLIN)
    deadline: float | None = None
    while True:
        patience = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
        ready = {descriptor for descriptor, _ in poller.poll(patience)}
        if wake_reader in ready:
            for number in os.read(wake_reader, 64):
                _signal(child, signal.SIGKILL if number == END_NOW else number)
        if child_alive in ready:
            return os.waitpid(child, 0)[1]
        if owner_alive in ready:
            poller.unregister(owner_alive)
            _signal(child, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
        if deadline is not None and time.monotonic() >= deadline:
            _signal(child, signal.SIGKILL)
            deadline = None


def _end_descendants() -> None:
    """Kill what the program left behind: each orphan becomes our child and is reaped in turn."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in _children():
                _signal(child, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> list[int]:
    me = str(os.getpid())
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if fields[1] == me:
                    found.append(int(entry.name))
    return found


def _signal(process: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _foreground_terminal() -> int | None:
    """The terminal on standard input, if our process group is the one that it listens to."""
    with contextlib.suppress(OSError):
        if os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp():
            return 0
    return None


def _give_terminal(terminal: int, group: int) -> None:
    # A background group that hands the terminal over would be stopped by SIGTTOU.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.tcsetpgrp(terminal, group)
    signal.signal(signal.SIGTTOU, before)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
