"""The facts of a converged room, and the same facts as pyinfra and ordinary modules state them."""

from __future__ import annotations

import configparser
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What is so in a room that our roles have converged; each entry is one fact.

    Attributes:
        folders: path → mode.
        lines: a file and a line in it, that is one option of an ini file.
        files: a file, and a copy with the content that it should have.
        answers: a command, and what it has to print, a fact a line.
    """

    folders: Sequence[tuple[Path, str]]
    lines: Sequence[tuple[Path, str]]
    files: Sequence[tuple[Path, Path]]
    answers: Sequence[tuple[str, str]]

    @property
    def count(self) -> int:
        """How many."""
        answers = (len(answer.splitlines()) or 1 for _question, answer in self.answers)
        return sum(map(len, (self.folders, self.lines, self.files))) + sum(answers)


# What the desktop, the sound server and NetworkManager are asked, one fact a command.
_QUESTIONS = (
    "xset q | grep -o 'timeout: *[0-9]*'",
    "xset q | grep -o 'prefer blanking: *[a-z]*'",
    "xset q | grep -o 'DPMS is [A-Z][a-z]*' || true",
    "pactl get-default-sink",
    "pactl get-default-source",
    "pactl get-sink-volume @DEFAULT_SINK@ | head -1",
    "pactl get-source-volume @DEFAULT_SOURCE@ | head -1",
    "pactl get-sink-mute @DEFAULT_SINK@",
    "pactl get-source-mute @DEFAULT_SOURCE@",
    "nmcli radio wifi",
)
_OF_A_SCREEN = "xrandr --current | grep '^{} '"
_SETTINGS = {
    "org.gnome.desktop.notifications": ("show-banners", "show-in-lock-screen"),
    "org.gnome.desktop.session": ("idle-delay",),
    "org.gnome.desktop.screensaver": ("idle-activation-enabled", "lock-enabled"),
}
_PROPERTIES = (
    "connection.interface-name",
    "connection.autoconnect",
    "connection.autoconnect-priority",
    "connection.autoconnect-retries",
    "ipv4.method",
    "ipv4.addresses",
    "ipv4.gateway",
    "ipv4.dns",
    "ipv4.ignore-auto-dns",
    "ipv4.route-metric",
    "ipv6.route-metric",
    "GENERAL.STATE",
)


# What the wall's own tool asks all panels at once, in no order.
_OF_THE_WALL = (
    "power",
    "input_source",
    "video_wall_state",
    "video_wall_mode",
    "video_wall_model",
)


def facts(
    home: Path, folder: Path, *, profile: str, screens: Sequence[str], panels: Sequence[str]
) -> Facts:
    """Reads the facts off a room that was just converged into an empty home.

    Args:
        home: The operator's.
        folder: Where copies of whole files are put.
        profile: The cable's.
        screens: The outputs' names.
        panels: The wall's, as samsung-mdc names them; none where the wall is left out.
    """
    obs = home / ".config/obs-studio"
    inis = [obs / "global.ini", home / ".config/zoomus.conf", *obs.glob("basic/profiles/*/*.ini")]
    whole = [*obs.rglob("*.json"), *(home / ".config/autostart").glob("*.desktop")]
    questions = [
        *_QUESTIONS,
        *(f"gsettings get {schema} {key}" for schema, keys in _SETTINGS.items() for key in keys),
        *(f"nmcli -g {name} connection show id {shlex.quote(profile)}" for name in _PROPERTIES),
        *(_OF_A_SCREEN.format(name) for name in screens),
    ]
    if panels:
        targets = folder / "panels"
        targets.write_text("\n".join(panels) + "\n")
        tool = Path(sys.executable).with_name("samsung-mdc")
        questions += [f"{tool} {targets} {name} | sort" for name in _OF_THE_WALL]
    return Facts(
        [(obs, "0700")],
        [(path, line) for path in inis for line in _options(path)],
        [(path, _copy(path, folder / str(number))) for number, path in enumerate(whole)],
        [(question, _answer(question)) for question in questions],
    )


def _options(path: Path) -> list[str]:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path)
    return sorted({f"{key}={value}" for each in parser.values() for key, value in each.items()})


def _copy(path: Path, to: Path) -> Path:
    to.write_bytes(path.read_bytes())
    return to


def _answer(question: str) -> str:
    done = subprocess.run(["sh", "-c", question], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def pyinfra_deploy(facts: Facts) -> str:
    """A deploy with one operation or one fact a fact."""
    lines = [
        "from pyinfra import host",
        "from pyinfra.facts.server import Command",
        "from pyinfra.operations import files, server",
    ]
    lines += [f"files.directory(path={str(p)!r}, mode={mode!r})" for p, mode in facts.folders]
    lines += [f"files.line(path={str(path)!r}, line={line!r})" for path, line in facts.lines]
    lines += [f"files.put(src={str(copy)!r}, dest={str(path)!r})" for path, copy in facts.files]
    for question, answer in facts.answers:
        lines += [
            f"if (host.get_fact(Command, {question!r}) or '').strip() != {answer!r}:",
            f"    server.shell(commands=['false'], name={question!r})",
        ]
    return "\n".join(lines) + "\n"


def modules_play(facts: Facts) -> str:
    """A play with one task of an ordinary module a fact."""
    tasks: list[dict[str, Any]] = []
    for path, mode in facts.folders:
        folder = {"path": str(path), "state": "directory", "mode": mode}
        tasks.append({"ansible.builtin.file": folder})
    for path, line in facts.lines:
        tasks.append({"ansible.builtin.lineinfile": {"path": str(path), "line": line}})
    for path, copy in facts.files:
        tasks.append({"ansible.builtin.copy": {"src": str(copy), "dest": str(path)}})
    for question, answer in facts.answers:
        task = {"ansible.builtin.shell": question, "register": "told"}
        # As a variable, since an answer may look like a template.
        task |= {"vars": {"wished": answer}, "changed_when": "told.stdout.strip() != wished"}
        tasks.append(task)
    return json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}])


def install_pyinfra(folder: Path) -> Path:
    """An environment with pyinfra alone, for this run only; the program's path."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin/pip"), "install", "-qqq", "--disable-pip-version-check", "pyinfra"]
    subprocess.run(pip, check=True)
    return folder / "bin/pyinfra"
