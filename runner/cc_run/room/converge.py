"""Runs a playbook on the room through ansible-runner, with a line a role.

Nothing secret is handed over as an argument or a variable: the playbook loads the same inventory
and vault itself. The runner's own files live in a folder of this run and go with it.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from cc_run import content
from cc_run.errors import OutsideFailure
from cc_run.language import _, spoken
from cc_run.room.role_lines import OnRole, RoleLine, Roles
from cc_run.settings import Settings

DISRUPTIVE: Final = "disrupts_session"
# The runner judges readiness itself, with the same probes, all at once.
VERIFYING: Final = "verify"
_POLL_SECONDS: Final = 0.2
_FOLDER: Final = "cc-run-play-"
_EVENTS: Final = {
    "runner_on_ok",
    "runner_on_failed",
    "runner_on_unreachable",
    "runner_on_skipped",
    "playbook_on_task_start",
}


@dataclass(frozen=True)
class Convergence:
    """A playbook's run: its roles in order."""

    roles: tuple[RoleLine, ...] = ()
    status: str = "successful"
    output: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether the whole play succeeded."""
        return self.status == "successful"

    @property
    def changed(self) -> int:
        """How many tasks changed something."""
        return sum(role.changed for role in self.roles)


def converge(
    settings: Settings,
    playbook: str,
    *,
    hold_back: bool = False,
    tags: Collection[str] = (),
    variables: Mapping[str, Any] | None = None,
    check: bool = False,
    progress_file: Path | None = None,
    stop: threading.Event | None = None,
    on_role: OnRole = lambda line, done: None,
) -> Convergence:
    """Runs a playbook against the room.

    Args:
        settings: The room's; its inventory and host are used.
        playbook: A name in ``playbooks/``, without the ending.
        hold_back: Leave out whatever could interrupt a live meeting, and find out what of it
            would have changed (``RoleLine.waits``).
        tags: Run only tasks with these tags; all where empty.
        variables: Extra variables, nothing secret among them.
        check: Change nothing, only say what would.
        progress_file: Where long tasks append their progress as JSON lines.
        stop: Set it from another thread to cancel the run.
        on_role: Called when a role begins (False) and again when it has ended (True).

    Raises:
        OutsideFailure: the playbook could not be run at all.
    """

    def play(*, hold_back: bool, check: bool, on_role: OnRole) -> Convergence:
        cmdline = _arguments(hold_back=hold_back, tags=tags, check=check)
        return _play(settings, playbook, cmdline, variables or {}, progress_file, stop, on_role)

    done = play(hold_back=hold_back, check=check, on_role=on_role)
    if not hold_back or not done.ok:
        return done
    # All else was just brought about: what would still change is what was held back.
    would = play(hold_back=False, check=True, on_role=lambda line, ended: None)
    return replace(done, roles=_with_waits(done.roles, would.roles, on_role))


def _with_waits(
    done: Collection[RoleLine], would: Collection[RoleLine], on_role: OnRole
) -> tuple[RoleLine, ...]:
    """The roles with what of them waits; one of which nothing could be done is told now."""
    lines = {line.name: line for line in done}
    for line in would:
        waits = line.changes + ((line.error,) if line.error else ())
        if line.name in lines:
            lines[line.name] = replace(lines[line.name], waits=waits)
        else:
            lines[line.name] = RoleLine(line.name, waits=waits)
            on_role(lines[line.name], True)
    order = {line.name: place for place, line in enumerate(would)}
    return tuple(sorted(lines.values(), key=lambda line: order.get(line.name, len(order))))


def _play(
    settings: Settings,
    playbook: str,
    cmdline: str,
    variables: Mapping[str, Any],
    progress_file: Path | None,
    stop: threading.Event | None,
    on_role: OnRole,
) -> Convergence:
    import ansible_runner

    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    reader = Roles(on_role)
    pump = threading.Thread(target=lambda: _drain(events, reader), daemon=True)
    with _private_folder() as folder:
        pump.start()
        run = ansible_runner.run(
            private_data_dir=str(folder),
            playbook=str(content.playbooks() / f"{playbook}.yml"),
            inventory=str(settings.inventory),
            limit=settings.host,
            cmdline=cmdline,
            # An inventory may say how IT reaches the room from afar; this is the room itself.
            extravars={"ansible_connection": "local", **variables},
            envvars=_environment(settings, progress_file, folder),
            settings={"pexpect_timeout": _POLL_SECONDS, "idle_timeout": 0},
            event_handler=lambda event: _keep(event, events),
            cancel_callback=lambda: stop is not None and stop.is_set(),
            quiet=True,
        )
        events.put(None)
        pump.join()
        output = _last_words(run)
    if not reader.lines and run.status != "successful":
        raise OutsideFailure(
            _("The playbook %(name)s could not be run: %(reason)s")
            % {"name": playbook, "reason": output or run.status},
            _("Try it plainly: ansible-playbook -i %(inventory)s %(playbook)s")
            % {
                "inventory": settings.inventory,
                "playbook": content.playbooks() / f"{playbook}.yml",
            },
        )
    return Convergence(tuple(reader.lines.values()), run.status, output)


def _drain(events: queue.SimpleQueue[dict[str, Any] | None], reader: Roles) -> None:
    while (event := events.get()) is not None:
        reader.take(event)
    reader.close()


def _keep(event: dict[str, Any], events: queue.SimpleQueue[dict[str, Any] | None]) -> bool:
    """Hands an event on; False keeps ansible-runner from writing it to a file."""
    if event["event"] in _EVENTS:
        events.put(event)
    return False


def _arguments(*, hold_back: bool, tags: Collection[str], check: bool) -> str:
    left_out = [VERIFYING, DISRUPTIVE] if hold_back else [VERIFYING]
    words = ["--skip-tags", ",".join(left_out)]
    if tags:
        words += ["--tags", ",".join(tags)]
    if check:
        words += ["--check", "--diff"]
    return " ".join(words)


def _mortal_programs(folder: Path) -> Path:
    """A folder with an ``ansible-playbook`` that ends when we do, even if we are killed."""
    real = Path(sys.executable).with_name("ansible-playbook")
    programs = folder / "programs"
    programs.mkdir()
    wrapper = programs / "ansible-playbook"
    wrapper.write_text(f'#!/bin/sh\nexec setpriv --pdeathsig TERM -- "{real}" "$@"\n')
    wrapper.chmod(0o700)
    return programs


def _environment(settings: Settings, progress_file: Path | None, folder: Path) -> dict[str, str]:
    """What ansible-playbook needs to find our content, wherever cc-run is installed."""
    plugins, programs = content.plugins(), _mortal_programs(folder)
    environment = {
        "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
        # What Ansible writes down for a moment, decrypted files too, goes with the run's folder.
        "ANSIBLE_LOCAL_TEMP": str(folder / "ansible"),
        "ANSIBLE_CONFIG": str(content.root() / "ansible.cfg"),
        "ANSIBLE_ROLES_PATH": str(content.roles()),
        "ANSIBLE_ACTION_PLUGINS": str(plugins / "action"),
        "ANSIBLE_LOOKUP_PLUGINS": str(plugins / "lookup"),
        "ANSIBLE_LIBRARY": str(plugins / "modules"),
        "ANSIBLE_MODULE_UTILS": str(plugins / "module_utils"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        # Ansible refuses a locale that the machine has not generated; our texts need none.
        "LC_ALL": "C.UTF-8",
        "CC_RUN_LANGUAGE": spoken(),
    }
    if settings.vault_password_file is not None:
        environment["ANSIBLE_VAULT_PASSWORD_FILE"] = str(settings.vault_password_file)
    if progress_file is not None:
        environment["CC_RUN_PROGRESS"] = str(progress_file)
    return environment


@contextmanager
def _private_folder() -> Iterator[Path]:
    """ansible-runner's own files: in memory where possible, and gone after the run.

    A run that was killed could not clear its folder away: the next one does.
    """
    memory = Path(os.environ.get("XDG_RUNTIME_DIR") or "/dev/shm")
    base = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    for left in base.glob(f"{_FOLDER}*"):
        owner = left.name.removeprefix(_FOLDER).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _last_words(run: Any) -> str:
    try:
        text = run.stdout.read() + run.stderr.read()
    except (OSError, AttributeError):
        return ""
    return str(text).strip()[-2000:]
