"""The disk that a recording goes to: too small, filling up, taken away."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cc_run.recording.launch import quit_obs
from cc_run.recording.process import running_obs

SMALL = "70m"  # OBS itself would stop with 50 MB left
# A disk of its own, in a namespace that ends with the program; for everybody, not only root.
ON_A_SMALL_DISK = f'mount -t tmpfs -o size={SMALL} tmpfs "$0" && exec "$@"'


def on_small_disk(folder: Path) -> tuple[str, ...]:
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    return ("unshare", *user, "--mount", "sh", "-c", ON_A_SMALL_DISK, str(folder))


def test_a_disk_that_fills_moves_the_recording_to_the_other_folder(desk) -> None:
    quit_obs(desk.workspace.settings.obs)  # it has to see the small disk too
    event = desk.event()
    foreground = desk.begin(
        "--event", event.id, "--for", "60", "--json", prefix=on_small_disk(desk.folder)
    )
    desk.recording(event, seconds=3)
    assert desk.parts(event)[0].parent == desk.folder
    seen = Path(f"/proc/{desk.obs_pid()}/root{desk.folder}")
    free = shutil.disk_usage(seen).free
    with (seen / "filler").open("wb") as filler:
        filler.write(bytes(free - (52 << 20)))
    desk.recording(event, seconds=2, part=2)
    assert desk.parts(event)[1].parent == desk.fallback
    output = desk.finished(foreground)
    assert "disk.full" in desk.alarms(event)
    # The small disk is gone with its namespace; what was joined from it is whole.
    codes = desk.verdict_is_true(output)
    assert Path(output["file"]).parent == desk.fallback
    assert output["segments"] == 2
    assert output["missing_seconds"] == pytest.approx(codes.lost, abs=0.6)
    if running_obs(desk.workspace.settings.obs) is not None:
        desk.kill_obs()


def test_a_disk_that_is_full_at_once_moves_it_too(desk) -> None:
    """OBS goes on and says so, though nothing can be written any more."""
    quit_obs(desk.workspace.settings.obs)
    event = desk.event()
    foreground = desk.begin(
        "--event", event.id, "--for", "60", "--json", prefix=on_small_disk(desk.folder)
    )
    desk.recording(event, seconds=3)
    seen = Path(f"/proc/{desk.obs_pid()}/root{desk.folder}")
    with (seen / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(1 << 20))
        except OSError:
            pass
    desk.recording(event, seconds=2, part=2)
    output = desk.finished(foreground)
    codes = desk.codes(output["file"])
    assert output["segments"] == 2
    assert len(codes.frames) == output["frames"]
    desk.kill_obs()


def test_a_disk_that_takes_nothing_more_is_left(desk, tmp_path: Path) -> None:
    """As with a quota that is used up, or a stick that fails: the disk says that it has space."""
    quit_obs(desk.workspace.settings.obs)
    programs = tmp_path / "bin"
    programs.mkdir()
    # The muxer is refused each write, and not killed by the first.
    obs = f'#!/bin/sh\nexec env --ignore-signal=XFSZ {shutil.which("obs")} "$@"\n'
    (programs / "obs").write_text(obs)
    (programs / "obs").chmod(0o755)
    event = desk.event()
    path = f"{programs}:{os.environ['PATH']}"
    foreground = desk.begin("--event", event.id, "--for", "300", "--json", PATH=path)
    desk.recording(event, seconds=3)
    size = desk.parts(event)[0].stat().st_size
    subprocess.run(["prlimit", f"--pid={desk.muxer_pid()}", f"--fsize={size}"], check=True)
    desk.recording(event, seconds=2, part=2)
    assert [part.parent for part in desk.parts(event)] == [desk.folder, desk.fallback]
    output = desk.finished(foreground)
    desk.verdict_is_true(output)
    assert set(desk.alarms(event)) <= {"obs.muxer", "file.still"}
    assert sorted(desk.alarms(event)) == sorted(desk.alarms(event, "recording.alarm_cleared"))
    desk.kill_obs()


def test_a_disk_that_hangs_is_told_and_waited_for(desk) -> None:
    """Its writer sleeps in the kernel, as behind a stick with a loose contact; then it goes on."""
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=3)
    with frozen(desk.muxer_pid()):
        desk.wait(lambda: "file.still" in desk.alarms(event))
    desk.wait(lambda: "file.still" in desk.alarms(event, "recording.alarm_cleared"))
    output = desk.finished(foreground)
    desk.verdict_is_true(output)
    assert desk.alarms(event).count("file.still") == 1


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that the kernel lets do nothing, and that does not look as if it was stopped."""
    first = Path("/sys/fs/cgroup/freezer")
    group = (first if first.is_dir() else Path("/sys/fs/cgroup")) / f"cc-run-test-{os.getpid()}"
    file, on, off = ("freezer.state", "FROZEN", "THAWED")
    if not first.is_dir():
        file, on, off = ("cgroup.freeze", "1", "0")
    before = group.parent / "cgroup.procs"
    group.mkdir()
    try:
        (group / "cgroup.procs").write_text(str(pid))
        (group / file).write_text(on)
        yield
    finally:
        (group / file).write_text(off)
        for left in (group / "cgroup.procs").read_text().split():
            before.write_text(left)
        group.rmdir()


def test_a_forecast_that_does_not_fit_is_refused(desk) -> None:
    quit_obs(desk.workspace.settings.obs)
    event = desk.event()
    both = f'mount -t tmpfs -o size={SMALL} tmpfs "$1" && '
    prefix = on_small_disk(desk.folder)
    prefix = (*prefix[:-2], both + "f=$0; o=$1; shift; " + ON_A_SMALL_DISK.replace("$0", "$f"))
    ran = desk.record(
        *("--event", event.id, "--for", "600"),
        prefix=(*prefix, str(desk.folder), str(desk.fallback)),
    )
    assert ran.code == 1
    assert "The disk has" in ran.err
    assert "but the recording needs about" in ran.err
    assert desk.parts(event) == []


def test_a_folder_that_is_deleted_loses_nothing_of_what_was_recorded(desk) -> None:
    event = desk.event()
    foreground = desk.begin("--event", event.id, "--for", "300", "--json")
    desk.recording(event, seconds=4)
    shutil.rmtree(desk.folder)
    desk.recording(event, seconds=2, part=2)
    output = desk.finished(foreground)
    desk.folder.mkdir(exist_ok=True)
    codes = desk.verdict_is_true(output)
    assert desk.alarms(event)[0] == "file.gone"
    assert output["segments"] == 2
    # The four seconds before are there: the content was still held open.
    assert codes.frames.index(max(code for code in codes.frames if code)) > 6 * 30
    assert all(part.exists() for part in desk.parts(event))
