"""How the laptop's probes read what the system tells: X, locks, kernels, time servers, sensors."""

import asyncio
import os
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cc_run.probe import Context, Result, Status, run_probe
from cc_run.room.laptop import PROBES, power, updates
from cc_run.room.laptop.screen import x11_delays
from cc_run.room.laptop.sntp import NoTime, offset

SAVER = """Screen Saver:
  prefer blanking:  yes    allow exposures:  yes
  timeout:  {timeout}    cycle:  600
"""
MONITOR = """DPMS (Energy Star):
  Standby: {standby}    Suspend: {suspend}    Off: {off}
  DPMS is {state}
  Monitor is On
"""


def look(name: str) -> Result:
    probe = next(probe for probe in PROBES if probe.id == name)
    settings: Any = SimpleNamespace(
        room=SimpleNamespace(probe_timeout=0.5, probe_needs={}),
        laptop=SimpleNamespace(battery_percent=30),
    )
    return asyncio.run(run_probe(probe, Context(settings, None, Path())))


@pytest.mark.parametrize(
    ("told", "delays"),
    [
        (SAVER.format(timeout=0), []),
        (SAVER.format(timeout=600), ["the screen saver after 600 s"]),
        (
            SAVER.format(timeout=0)
            + MONITOR.format(standby=0, suspend=0, off=1200, state="Enabled"),
            ["the monitor off after 1200 s"],
        ),
        (
            SAVER.format(timeout=0)
            + MONITOR.format(standby=600, suspend=900, off=1200, state="Disabled"),
            [],
        ),
        (
            SAVER.format(timeout=300)
            + MONITOR.format(standby=600, suspend=900, off=1200, state="Enabled"),
            ["the screen saver after 300 s", "the monitor off after 600 s"],
        ),
        (SAVER.format(timeout=0) + "DPMS (Energy Star):\n  Server does not have DPMS\n", []),
    ],
)
def test_what_darkens_the_screen(told: str, delays: list[str]) -> None:
    assert x11_delays(told) == delays


HOLDER = """
import fcntl, sys
with open(sys.argv[1], "w") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_held_lock_tells_its_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, other = tmp_path / "lock-frontend", tmp_path / "lists"
    monkeypatch.setattr(updates, "_LOCKS", (lock, other))
    assert look("laptop.updates").status is Status.SKIP
    other.touch()
    assert look("laptop.updates").status is Status.PASS
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        name = Path(f"/proc/{holder.pid}/comm").read_text().strip()
        assert updates.held_by(lock) == [name]
        assert updates.held_by(other) == []
        result = look("laptop.updates")
        assert result.status is Status.WARN
        assert name in result.found
        assert "Let it finish" in result.remedy
        holder.communicate()
    assert look("laptop.updates").status is Status.PASS


def test_a_restart_that_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flag, reasons = tmp_path / "reboot-required", tmp_path / "reboot-required.pkgs"
    monkeypatch.setattr(updates, "_RESTART", flag)
    monkeypatch.setattr(updates, "_REASONS", reasons)
    monkeypatch.setattr(updates, "_NEWEST_KERNELS", (tmp_path / "vmlinuz",))
    assert look("laptop.restart").status is Status.PASS
    flag.touch()
    assert look("laptop.restart").found == "an update waits for a restart"
    reasons.write_text("linux-base\nlibc6\nlinux-base\n")
    assert look("laptop.restart").found == "an update waits for a restart: libc6, linux-base"
    assert look("laptop.restart").status is Status.WARN


def test_a_newer_kernel_waits_for_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "vmlinuz"
    monkeypatch.setattr(updates, "_RESTART", tmp_path / "none")
    monkeypatch.setattr(updates, "_NEWEST_KERNELS", (link,))
    link.symlink_to(f"vmlinuz-{os.uname().release}")
    assert look("laptop.restart").status is Status.PASS  # the link leads nowhere
    (tmp_path / f"vmlinuz-{os.uname().release}").touch()
    assert look("laptop.restart").status is Status.PASS
    (tmp_path / "vmlinuz-99.1.0-1-amd64").touch()
    link.unlink()
    link.symlink_to("vmlinuz-99.1.0-1-amd64")
    result = look("laptop.restart")
    assert result.status is Status.WARN
    assert "99.1.0-1-amd64 waits" in result.found


def test_a_battery_that_never_answers_hangs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "BAT0").mkdir()
    os.mkfifo(tmp_path / "BAT0" / "type")
    monkeypatch.setattr(power.read_power, "__defaults__", (tmp_path,))
    result = look("laptop.battery")
    assert result.status is Status.FAIL
    assert "no answer within" in result.found


MARK = bytes(range(8))
EPOCH = 2_208_988_800


def reply(arrived: float, left: float, **changed: Any) -> bytes:
    head = {"first": 0x24, "stratum": 2, "mark": MARK, **changed}

    def stamp(moment: float) -> bytes:
        since = moment + EPOCH
        return struct.pack("!II", int(since) % 2**32, int(since % 1 * 2**32))

    return (
        bytes([head["first"], head["stratum"]])
        + bytes(22)
        + head["mark"]
        + stamp(arrived)
        + stamp(left)
    )


def test_the_time_there_and_back_is_no_offset() -> None:
    sent = 1_795_000_000.0
    assert offset(reply(sent + 0.1, sent + 0.1), MARK, sent, sent + 0.2) == pytest.approx(
        0, abs=1e-3
    )
    assert offset(reply(sent + 7.1, sent + 7.1), MARK, sent, sent + 0.2) == pytest.approx(
        7, abs=1e-3
    )
    assert offset(reply(sent - 6.9, sent - 6.9), MARK, sent, sent + 0.2) == pytest.approx(
        -7, abs=1e-3
    )


def test_the_count_of_seconds_begins_anew_in_2036() -> None:
    after = 2_085_978_496.0 + 10
    assert offset(reply(after, after), MARK, after - 3, after - 3) == pytest.approx(3, abs=1e-3)


@pytest.mark.parametrize(
    "changed",
    [{"stratum": 0}, {"stratum": 16}, {"first": 0x23}, {"mark": bytes(8)}],
    ids=["refuses", "has-none-itself", "asks-too", "not-our-question"],
)
def test_an_answer_without_time_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(NoTime):
        offset(reply(1.8e9, 1.8e9, **changed), MARK, 1.8e9, 1.8e9)
    with pytest.raises(NoTime):
        offset(b"short", MARK, 1.8e9, 1.8e9)
