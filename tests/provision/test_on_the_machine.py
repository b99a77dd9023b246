"""IT provisions the machine at its own keyboard, as the administrator guide tells, step by step."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from machine import Machine

pytestmark = pytest.mark.timeout(1200)
ROOT = Path(__file__).parents[2]
WHEEL = "/root/cc_run-0.1.0-py3-none-any.whl"
SOUND = ["pipewire", "pipewire-pulse", "wireplumber"]
MARK = b"\n# Built anew.\n"


def provision(machine: Machine, *words: str) -> dict[str, int]:
    """The roles that changed something, or would, with the number of their tasks."""
    done = machine.run("cc-run", "provision", "--json", *words)
    return {role["name"]: role["changed"] for role in json.loads(done.stdout)["roles"]}


def changed(machine: Machine, *words: str) -> set[str]:
    return {name for name, count in provision(machine, *words).items() if count}


@pytest.fixture(scope="module")
def keyboard(machine: Machine, wheel: Path, zoom: dict[str, str]) -> Machine:
    """A bare machine on which the runner and the inventory have been laid down by hand."""
    home = machine.root / "root"
    shutil.copy(wheel, machine.root / WHEEL.lstrip("/"))
    machine.run("apt-get", "update")
    machine.run("apt-get", "install", "-y", "python3-venv")
    machine.run("python3", "-m", "venv", "/opt/cc-run")
    machine.run("/opt/cc-run/bin/pip", "install", "--quiet", WHEEL)
    (example,) = (machine.root / "opt/cc-run/lib").glob("*/site-packages/cc_run/_content/inventory")
    shutil.copytree(example / "example", home / "inventory")
    (home / "vault-password").write_text("contoh\n")
    room = home / "inventory/host_vars/command-center.yml"
    # The large programs are installed by the test from afar.
    fewer = {"laptop_packages": SOUND, "cc_run_package": WHEEL, **zoom}
    room.write_text(room.read_text() + "".join(f"{k}: {json.dumps(v)}\n" for k, v in fewer.items()))
    return machine


@pytest.fixture(scope="module")
def foretold(keyboard: Machine) -> set[str]:
    """What a check of the bare machine says would change."""
    words = ["--inventory", "/root/inventory", "--vault-password-file", "/root/vault-password"]
    done = keyboard.run("/opt/cc-run/bin/cc-run", "provision", "--check", "--json", *words)
    assert not (keyboard.root / "usr/local/bin/cc-run").exists()
    return {role["name"] for role in json.loads(done.stdout)["roles"] if role["changed"]}


@pytest.fixture(scope="module")
def room(keyboard: Machine, foretold: set[str]) -> Machine:
    """The machine after its first run, which did what the check had foretold."""
    words = ["--inventory", "/root/inventory", "--vault-password-file", "/root/vault-password"]
    done = keyboard.run("/opt/cc-run/bin/cc-run", "provision", "--json", *words)
    assert {
        role["name"] for role in json.loads(done.stdout)["roles"] if role["changed"]
    } == foretold
    assert foretold >= {"laptop", "camera", "conference_audio", "cc_run", "schedule"}
    return keyboard


def test_from_now_on_no_path_has_to_be_told_and_nothing_changes(room: Machine) -> None:
    assert changed(room, "--check") == set()
    assert changed(room) == set()
    assert room.says("cc-run", "event", "list", "--json", user="operator") == "[]"


def test_only_root_provisions(room: Machine) -> None:
    refused = room.run("cc-run", "provision", user="operator", check=False)
    assert refused.returncode == 1
    assert "sudo cc-run provision" in refused.stderr


def test_a_wheel_of_the_same_version_with_other_content_is_installed(
    room: Machine, wheel: Path
) -> None:
    _rebuilt(wheel, room.root / WHEEL.lstrip("/"))
    assert changed(room, "--check") == {"cc_run"}
    assert changed(room) == {"cc_run"}
    (module,) = (room.root / "opt/cc-run/lib").glob("*/site-packages/cc_run/readiness.py")
    assert module.read_bytes().endswith(MARK)
    assert changed(room) == set()


def _rebuilt(wheel: Path, copy: Path) -> None:
    """The same wheel with one more comment, as a build would have made it."""
    changed_file = "cc_run/readiness.py"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        text = old.read(changed_file) + MARK
        digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
        for name in old.namelist():
            content = text if name == changed_file else old.read(name)
            if name.endswith(".dist-info/RECORD"):
                lines = content.decode().splitlines()
                line = f"{changed_file},sha256={digest},{len(text)}"
                lines = [line if one.startswith(f"{changed_file},") else one for one in lines]
                content = "\n".join([*lines, ""]).encode()
            new.writestr(name, content)


def test_another_zoom_package_than_was_meant_is_refused(
    room: Machine, zoom: dict[str, str]
) -> None:
    settings = room.root / "etc/cc-run/inventory/host_vars/command-center.yml"
    as_it_was = settings.read_text()
    settings.write_text(as_it_was.replace(zoom["zoom_client_deb_sha256"], "a" * 64))
    refused = room.run("cc-run", "provision", check=False)
    assert refused.returncode == 1
    assert "is not the file that was meant" in refused.stdout
    assert room.says("dpkg-query", "-W", "-f", "${Version}", "zoom") == "6.2.11"
    settings.write_text(as_it_was)
    assert changed(room) == set()


def test_cron_takes_over_where_there_is_no_systemd(room: Machine) -> None:
    """The role alone, in a view of the machine in which systemd does not run."""
    play = [{"hosts": "all", "become": False, "gather_facts": False, "roles": ["schedule"]}]
    (room.root / "root/schedule.yml").write_text(json.dumps(play))
    (content,) = (room.root / "opt/cc-run/lib").glob("*/site-packages/cc_run/_content")
    settings = "/" + str(content.relative_to(room.root) / "ansible.cfg")
    command = (
        f"mount -t tmpfs none /run/systemd && ANSIBLE_CONFIG={settings} "
        "exec /opt/cc-run/bin/ansible-playbook -i /etc/cc-run/inventory /root/schedule.yml "
        "--vault-password-file /etc/cc-run/vault-password -c local"
    )
    first, second = (
        room.says("unshare", "--mount", "sh", "-c", command).splitlines()[-1] for _ in range(2)
    )
    assert "changed=1" in first
    assert "changed=0" in second
    lines = room.says("cat", "/etc/cron.d/cc-run").splitlines()
    jobs = [line.split(maxsplit=6) for line in lines if not line.startswith("#")]
    assert [job[5] for job in jobs] == ["operator"] * 3
    for job in jobs:
        # As cron would run it: its shell, its user, and hardly any environment.
        room.run("sh", "-c", job[6], user="operator")
    assert room.says("dpkg-query", "-W", "-f", "${db:Status-Status}", "cron") == "installed"
    assert changed(room) == {"schedule"}  # with systemd the lines are not needed
    assert not (room.root / "etc/cron.d/cc-run").exists()
