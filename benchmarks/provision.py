"""Provisioning a bare Debian that boots: what a second run costs, beside ordinary modules."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from measuring import Peers, Row, arguments, interleaved, publish, ratio, seconds

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests/rigs"))

from machine import Machine, booted  # noqa: E402

GOAL = 1 / 3
BIN = "/opt/cc-run/bin"
WHEEL = "/root/cc_run-0.1.0-py3-none-any.whl"
ITEMS = "/root/items.jsonl"

# Stands in for the task "state": it writes down what the roles wish, item by item, and no more.
RECORDER = f'''
import importlib.util, json, sys
from pathlib import Path
from cc_run import content
spec = importlib.util.spec_from_file_location("real", content.plugins() / "action/state.py")
real = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)

class ActionModule(real.ActionModule):
    def _here(self, items):
        with open("{ITEMS}", "a") as file:
            file.writelines(json.dumps(item) + "\\n" for item in items)
        return [], {{}}
'''


def provisioned(machine: Machine, folder: Path) -> Row:
    """Lays runner and inventory down by hand, as the guide tells; the first run's time."""
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    (machine.root / WHEEL.lstrip("/")).write_bytes(wheel.read_bytes())
    machine.run("apt-get", "update")
    machine.run("apt-get", "install", "-y", "python3-venv")
    machine.run("python3", "-m", "venv", "/opt/cc-run")
    machine.run(f"{BIN}/pip", "install", "--quiet", WHEEL)
    home = machine.root / "root"
    example = ROOT / "inventory/example"
    subprocess.run(["cp", "-r", str(example), str(home / "inventory")], check=True)
    (home / "vault-password").write_text("contoh\n")
    room = home / "inventory/host_vars/command-center.yml"
    room.write_text(room.read_text() + f"cc_run_package: {WHEEL}\n")
    words = ["--inventory", "/root/inventory", "--vault-password-file", "/root/vault-password"]
    first = seconds(partial(machine.run, f"{BIN}/cc-run", "provision", *words))
    return Row("the first run: a bare machine's way to the standard, s", first)


def play(machine: Machine, playbook: str, *more: str, plugins: str = "") -> str:
    """Plays a playbook on the machine itself, as root."""
    content = next((machine.root / "opt/cc-run/lib").glob("*/site-packages/cc_run/_content"))
    inside = "/" + str(content.relative_to(machine.root))
    settings = [f"ANSIBLE_CONFIG={inside}/ansible.cfg", "ANSIBLE_STDOUT_CALLBACK=default"]
    settings += [f"ANSIBLE_ACTION_PLUGINS={plugins}"] if plugins else []
    words = ["-i", "/etc/cc-run/inventory", "-c", "local", "-e", "ansible_become=false"]
    words += ["--vault-password-file", "/etc/cc-run/vault-password"]
    book = playbook if playbook.startswith("/") else f"{inside}/playbooks/{playbook}"
    return machine.says("env", *settings, f"{BIN}/ansible-playbook", book, *words, *more)


def changed(recap: str) -> int:
    """How many tasks changed something, by the last line."""
    return int(recap.rpartition("changed=")[2].split()[0])


def wishes(machine: Machine) -> list[dict[str, Any]]:
    """Every item that the roles wish."""
    plugins = machine.root / "root/recorder"
    plugins.mkdir()
    (plugins / "state.py").write_text(RECORDER)
    play(machine, "provision.yml", plugins="/root/recorder")
    lines = (machine.root / ITEMS.lstrip("/")).read_text().splitlines()
    return [json.loads(line) for line in lines]


def ordinary(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same facts as a play of Ansible's own modules, a task a fact."""
    tasks = [task for item in items for task in _tasks(item)]
    return [{"hosts": "all", "gather_facts": False, "become": True, "tasks": tasks}]


def _tasks(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    access = {key: item[key] for key in ("mode", "owner", "group") if item.get(key)}
    match item:
        case {"packages": names}:
            yield {"apt": {"name": names, "install_recommends": False}}
        case {"file": path, "content": text}:
            yield {"copy": {"dest": path, "content": text, **access}}
        case {"directory": path}:
            yield {"file": {"path": path, "state": "directory", **access}}
        case {"link": path, "target": target}:
            yield {"file": {"path": path, "src": target, "state": "link", "force": True}}
        case {"absent": path}:
            yield {"file": {"path": path, "state": "absent"}}
        case {"tree": path}:
            folder = {"src": "/root/inventory/", "dest": f"{path}/", "directory_mode": "0750"}
            yield {"copy": {**folder, "decrypt": False, **access}}
        case {"user": name}:
            yield {"user": {"name": name, "groups": item.get("groups", []), "append": True}}
        case {"unit": name}:
            yield from _unit(name, item)
        case {"ini": path}:
            yield {"stat": {"path": path}}  # core has no module for single keys; none is there
        case {"environment": venv}:
            lock = {"requirements": "/root/requirements.lock", "virtualenv": venv}
            yield {"pip": lock}
            yield {"pip": {"name": WHEEL, "virtualenv": venv, "extra_args": "--no-deps"}}
        case _:
            raise ValueError(f"No ordinary module is known for {item}")


def _unit(name: str, item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    scope = item.get("scope", "system")
    if item.get("content"):
        folder = "/etc/systemd/system" if scope == "system" else "/etc/systemd/user"
        yield {"copy": {"dest": f"{folder}/{name}", "content": item["content"]}}
    wish: dict[str, Any] = {"name": name, "scope": scope}
    if item.get("enabled") is not None:
        wish["enabled"] = item["enabled"]
    if item.get("running") is not None:
        wish["state"] = "started" if item["running"] else "stopped"
    if scope == "global" and not item.get("enabled"):
        yield {"stat": {"path": f"/etc/systemd/user/{name}"}}  # a unit that need not be there
    elif len(wish) > 2:
        yield {"systemd_service": wish}


def main() -> None:
    options = arguments(__doc__ or "", runs=5).parse_args()
    with TemporaryDirectory() as folder, booted("bookworm") as machine:
        first = provisioned(machine, Path(folder))
        items = wishes(machine)
        # What Ansible's own pip task needs on the machine.
        machine.run("apt-get", "install", "-y", "--no-install-recommends", "python3-packaging")
        book = machine.root / "root/ordinary.yml"
        book.write_text(json.dumps(ordinary(items)))
        lock = next((machine.root / "opt/cc-run/lib").glob("*/*/cc_run/_content/*.lock"))
        (machine.root / "root/requirements.lock").write_bytes(lock.read_bytes())
        again = changed(play(machine, "provision.yml"))
        play(machine, "/root/ordinary.yml")  # once, to agree on modes that a copy sets anew
        theirs = changed(play(machine, "/root/ordinary.yml"))
        acts = {
            "the same facts, ordinary modules": partial(play, machine, "/root/ordinary.yml"),
            "provision.yml": partial(play, machine, "provision.yml"),
            "cc-run provision": partial(machine.run, "cc-run", "provision"),
        }
        samples = interleaved(options.runs, *(partial(seconds, act) for act in acts.values()))
    taken = dict(zip(acts, samples, strict=True))
    peer = taken["the same facts, ordinary modules"]
    rows = [
        Row("tasks that a second run changes", again, 0),
        Row("a second run, times ordinary modules", ratio(taken["provision.yml"], peer), GOAL),
        Row("cc-run provision around it, the same", ratio(taken["cc-run provision"], peer), GOAL),
        Row("facts (items of the roles)", len(items)),
        Row("tasks that ordinary modules change the second time", theirs),
        first,
        *(Row(f"{name}, s (median)", median(times)) for name, times in taken.items()),
    ]
    peers = [Peers("Nothing to change, on a booted Debian 12", "s", taken)]
    publish("provision", rows, peers, as_json=options.json)


if __name__ == "__main__":
    main()
