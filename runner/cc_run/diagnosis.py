"""What each command needs on this machine, and which of it is missing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cc_run.archive.targets import targets_of
from cc_run.errors import CcRunError, SettingsFault
from cc_run.language import _
from cc_run.settings import Settings
from cc_run.settings.inventory import load
from cc_run.simulators.room import missing_packages
from cc_run.workspace import open_workspace

# Debian's package of each program that a command calls.
_PROGRAMS: Final = {
    "ansible-playbook": "",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "obs": "obs-studio",
    "parec": "pulseaudio-utils",
    "xdg-open": "xdg-utils",
}


@dataclass(frozen=True)
class Diagnosis:
    """What a command lacks, in sentences, and the packages that would bring it."""

    command: str
    missing: tuple[str, ...]
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Need:
    command: str
    programs: tuple[str, ...] = ()
    facts: tuple[Callable[[Settings], str], ...] = ()


def examine(
    inventory: Path | None, room: str | None, vault_password_file: Path | None
) -> list[Diagnosis]:
    """A diagnosis a command, in the procedure's order."""
    try:
        settings = load(inventory, room, vault_password_file)
        if settings.room.store_url or (settings.room.state_dir / "cc-run.db").exists():
            open_workspace(settings)
    except CcRunError as error:
        return [*(_diagnosed(need, None, str(error)) for need in _NEEDS), _rehearsal()]
    return [*(_diagnosed(need, settings) for need in _NEEDS), _rehearsal()]


def _diagnosed(need: _Need, settings: Settings | None, unsettled: str = "") -> Diagnosis:
    """What a command lacks; without settings, that they are missing and its programs."""
    programs = [
        _("the program %(name)s") % {"name": name} for name in need.programs if not _has(name)
    ]
    if settings is None:
        return Diagnosis(need.command, (unsettled, *programs), _packages(need))
    facts = [said for fact in need.facts if (said := fact(settings))]
    return Diagnosis(need.command, (*programs, *facts), _packages(need))


def _has(program: str) -> bool:
    """Whether a program is found, also beside this Python, where cc-run itself looks."""
    beside = Path(sys.executable).parent
    path = os.pathsep.join([str(beside), os.environ.get("PATH", os.defpath)])
    return shutil.which(program, path=path) is not None


def _packages(need: _Need) -> tuple[str, ...]:
    lacking = (_PROGRAMS[name] for name in need.programs if not _has(name))
    return tuple(package for package in lacking if package)


def _rehearsal() -> Diagnosis:
    packages = missing_packages()
    return Diagnosis(
        "rehearse",
        tuple(_("the package %(name)s") % {"name": name} for name in packages),
        tuple(packages),
    )


def _zoom(settings: Settings) -> str:
    zoom = settings.zoom
    if not (zoom.account_id and zoom.client_id and zoom.client_secret.get_secret_value()):
        return _("the Zoom app's credentials (cc_zoom_account_id, …)")
    return "" if zoom.hosts else _("a Zoom host (cc_zoom_hosts)")


def _display(_settings: Settings) -> str:
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return "" if shown else _("a display: run it in the room's desktop session")


def _targets(settings: Settings) -> str:
    archive = settings.archive
    try:
        targets_of(archive)
    except SettingsFault as error:
        return error.message
    if len(archive.targets) >= archive.copies_required:
        return ""
    return _("archive targets: %(wanted)s are required, %(found)s set (archive_targets)") % {
        "wanted": archive.copies_required,
        "found": len(archive.targets),
    }


def _mipp(settings: Settings) -> str:
    return "" if settings.mipp.url or settings.mipp.mode == "manual" else _("mipp_url")


_NEEDS: Final = (
    _Need("event"),
    _Need("recap"),
    _Need("host", ("xdg-open",), (_zoom,)),
    _Need("prepare", ("ansible-playbook", "ffmpeg", "parec", "obs"), (_display, _zoom)),
    _Need("check", ("ffmpeg", "parec", "obs"), (_display,)),
    _Need("record", ("obs", "ffmpeg", "ffprobe"), (_display,)),
    _Need("minutes"),
    _Need("document"),
    _Need("archive", ("ansible-playbook",), (_targets, _mipp)),
    _Need(
        "run",
        ("ansible-playbook", "ffmpeg", "ffprobe", "parec", "obs"),
        (_display, _zoom, _targets, _mipp),
    ),
    _Need("report"),
    _Need("provision", ("ansible-playbook",)),
)
