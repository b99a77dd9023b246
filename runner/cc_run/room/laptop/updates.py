"""Nothing is being installed now, and nothing installed waits for a restart."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cc_run.language import N_, _
from cc_run.probe import Context, Finding, Probe, in_thread, passed, skipped, warned
from cc_run.room.laptop.sensors import read

_RESTART: Final = Path("/run/reboot-required")
_REASONS: Final = Path("/run/reboot-required.pkgs")
# Debian's and Ubuntu's link to the newest kernel that is installed.
_NEWEST_KERNELS: Final = (Path("/boot/vmlinuz"), Path("/vmlinuz"))
_LOCKS: Final = (
    Path("/var/lib/dpkg/lock-frontend"),
    Path("/var/lib/dpkg/lock"),
    Path("/var/lib/apt/lists/lock"),
    Path("/var/cache/apt/archives/lock"),
)
_HELD: Final = Path("/proc/locks")


async def _restart(context: Context) -> Finding:
    remedy = _("Restart the laptop now, not later.")
    if _RESTART.exists():
        reasons = ", ".join(sorted(set(read(_REASONS).split())))
        found = (
            _("an update waits for a restart: %(packages)s") % {"packages": reasons}
            if reasons
            else _("an update waits for a restart")
        )
        return warned(found, _("none"), remedy)
    running, newest = os.uname().release, newest_kernel()
    if newest and newest != running:
        return warned(
            _("the kernel %(newest)s waits for a restart, %(running)s runs")
            % {"newest": newest, "running": running},
            _("none"),
            remedy,
        )
    return passed(_("no restart is pending"))


def newest_kernel() -> str:
    """The release of the newest kernel installed; empty where Debian's link is missing."""
    for link in _NEWEST_KERNELS:
        if link.is_symlink() and link.exists():
            return link.resolve().name.removeprefix("vmlinuz-")
    return ""


async def _running(context: Context) -> Finding:
    if not any(lock.exists() for lock in _LOCKS):
        return skipped(_("this machine has no apt"))
    holders = await in_thread(lambda: [holder for lock in _LOCKS for holder in held_by(lock)])
    if not holders:
        return passed(_("nothing is being installed"))
    return warned(
        _("being installed by %(programs)s")
        % {"programs": ", ".join(dict.fromkeys(name for name in holders))},
        _("none"),
        _("Let it finish before the event; do not switch the laptop off meanwhile."),
    )


def held_by(lock: Path) -> list[str]:
    """The names of the programs that hold a lock file.

    The kernel's list of locks is open to everyone, the lock files are root's. It is searched by
    inode only: for some file systems it names another device than ``stat`` does.
    """
    try:
        inode = str(lock.stat().st_ino)
    except OSError:
        return []
    holders = []
    for line in read(_HELD).splitlines():
        words = line.split()  # 1: POSIX ADVISORY WRITE 4242 fe:01:1835021 0 EOF
        if "->" not in words and len(words) > _PLACE and words[_PLACE].endswith(f":{inode}"):
            holders.append(read(Path("/proc") / words[_PROCESS] / "comm") or words[_PROCESS])
    return holders


_PROCESS: Final = 4
_PLACE: Final = 5

PROBES = (
    Probe("laptop.restart", N_("No restart is pending"), _restart),
    Probe("laptop.updates", N_("No updates are being installed"), _running),
)
