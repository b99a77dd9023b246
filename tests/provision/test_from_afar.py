"""IT provisions a bare machine over SSH, with everything that a room has by default."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from controller import Controller, Played
from desktop_bus import Notices, logged_in
from machine import Machine

pytestmark = pytest.mark.timeout(1800)
OPERATOR = "operator"
SITE = "/opt/cc-run/lib/python3*/site-packages"


@pytest.fixture(scope="module")
def runs(machine: Machine, controller: Controller, zoom: dict[str, str]) -> dict[str, Played]:
    """What a check foretold, and what the first, the second run and a check after them did."""
    # Often enough that it comes up while these tests run.
    controller.variables = {**zoom, "schedule_archive_calendar": "*:*:0/10"}
    controller.reaches(machine)
    return {
        "foretold": controller.provision("--check", "--diff"),
        "first": controller.provision(),
        "second": controller.provision("--diff"),
        "check": controller.provision("--check", "--diff"),
    }


@pytest.fixture(scope="module")
def room(machine: Machine, runs: dict[str, Played]) -> Machine:
    """The machine after the first run."""
    assert runs["first"].changed
    return machine


@pytest.fixture(scope="module")
def desktop(room: Machine) -> Notices:
    """The operator is logged in, and somebody reads what is said on the desktop."""
    return logged_in(room, OPERATOR)


def test_a_bare_machine_comes_to_the_standard_in_one_run(runs: dict[str, Played]) -> None:
    assert len(runs["first"].changed) >= 6


def test_a_second_run_has_nothing_to_change(runs: dict[str, Played]) -> None:
    assert runs["second"].changed == [], runs["second"].output


def test_a_check_foretells_what_a_run_does(runs: dict[str, Played]) -> None:
    assert runs["foretold"].changed == runs["first"].changed, runs["foretold"].output
    assert runs["check"].changed == [], runs["check"].output


def test_nothing_on_the_machine_has_failed(room: Machine) -> None:
    assert room.says("systemctl", "--failed", "--no-legend", "--plain") == ""


def test_the_room_has_its_programs(room: Machine) -> None:
    for program in ("obs", "ffmpeg", "pw-cli", "v4l2-ctl", "nft", "notify-send", "zoom"):
        assert room.says("sh", "-c", f"command -v {program}")
    assert room.says("dpkg-query", "-W", "-f", "${Version}", "zoom") == "6.2.11"
    assert "ok installed" in room.says("dpkg-query", "-s", "libxkbcommon0")


def test_the_clock_shows_the_offices_time_and_is_kept(room: Machine) -> None:
    assert room.says("timedatectl", "show", "-p", "Timezone", "--value") == "Asia/Jakarta"
    assert room.says("date", "+%Z") == "WIB"
    assert room.says("systemctl", "is-enabled", "systemd-timesyncd") == "enabled"


def test_a_closed_lid_does_not_suspend(room: Machine) -> None:
    room.run("systemctl", "restart", "systemd-logind")
    asked = ["busctl", "get-property", "org.freedesktop.login1", "/org/freedesktop/login1"]
    asked += ["org.freedesktop.login1.Manager"]
    for policy in ("LidSwitch", "LidSwitchExternalPower", "SuspendKey", "PowerKey"):
        assert room.says(*asked, f"Handle{policy}") == 's "ignore"'
    assert room.says(*asked, "IdleAction") == 's "ignore"'


def test_nothing_else_puts_it_to_sleep(room: Machine) -> None:
    """systemd itself says what it reads, the last of a key counts."""
    read = room.says("systemd-analyze", "cat-config", "systemd/sleep.conf").splitlines()
    said = dict(line.split("=", 1) for line in read if "=" in line and line[0] not in "#[")
    for way in ("Suspend", "Hibernation", "SuspendThenHibernate", "HybridSleep"):
        assert said[f"Allow{way}"] == "no"


def test_updates_wait_on_the_day_that_a_room_was_prepared(room: Machine) -> None:
    """The operator's own mark holds them, also after a restart, and yesterday's does not."""
    room.run("rm", "-r", "/run/cc-run")
    room.run("systemd-tmpfiles", "--create")  # as at a restart
    for day, result in (("today", "exec-condition"), ("yesterday", "success")):
        mark = f"date --date={day} +%F > /run/cc-run/no-updates"
        room.run("sh", "-c", mark, user=OPERATOR)
        for unit in ("apt-daily.service", "apt-daily-upgrade.service"):
            room.run("systemctl", "start", unit)
            assert room.says("systemctl", "show", "-p", "Result", "--value", unit) == result, day


def test_the_units_are_understood_to_the_last_line(room: Machine) -> None:
    check = "systemd-analyze verify /etc/systemd/system/cc-run-* 2>&1"
    assert room.says("sh", "-c", check) == ""


def test_the_desktops_understand_their_settings(room: Machine) -> None:
    """GNOME's by dconf, which the handler has read anew where it is; Xfce's are XML."""
    room.run("apt-get", "install", "-y", "--no-install-recommends", "dconf-cli")
    room.run("dconf", "update")
    for key, value in (("session/idle-delay", "uint32 0"), ("notifications/show-banners", "false")):
        assert room.says("dconf", "read", f"/org/gnome/desktop/{key}", user=OPERATOR) == value
    program = "import sys, xml.dom.minidom as x; [x.parse(name) for name in sys.argv[1:]]"
    files = room.says("sh", "-c", "ls /etc/xdg/xfce4/xfconf/xfce-perchannel-xml/*").split()
    assert len(files) >= 3
    room.run("python3", "-c", program, *files)


def test_the_websocket_is_closed_to_the_network(room: Machine) -> None:
    rules = room.says("nft", "list", "table", "inet", "cc_run")
    assert "4455" in rules
    assert "drop" in rules
    assert room.says("systemctl", "is-active", "cc-run-firewall") == "active"


def test_operators_log_in_without_being_asked(room: Machine) -> None:
    """The login manager itself says what it has read; it need not start for that."""
    room.run("apt-get", "install", "-y", "--no-install-recommends", "lightdm")
    read = room.run("lightdm", "--show-config").stderr
    assert f"autologin-user={OPERATOR}" in read
    assert "autologin-user-timeout=0" in read


def test_the_operator_has_the_devices_and_no_more(room: Machine) -> None:
    groups = room.says("id", "-nG", OPERATOR).split()
    assert {"audio", "video", "plugdev", "netdev"} <= set(groups)
    assert "sudo" not in groups
    own = room.says("stat", "-c", "%U", f"/home/{OPERATOR}", "/run/cc-run")
    assert set(own.split()) == {OPERATOR}
    assert "parsed OK" in room.says("visudo", "-c")
    assert room.run("sudo", "-n", "true", user=OPERATOR, check=False).returncode != 0


def test_only_root_and_the_operators_read_the_rooms_settings(room: Machine) -> None:
    for path in ("/etc/cc-run/inventory/group_vars/all/main.yml", "/etc/cc-run/vault-password"):
        assert room.says("stat", "-c", "%U %a", path) == "root 640"
        assert room.run("cat", path, user=OPERATOR).stdout
        assert room.run("test", "-w", path, user=OPERATOR, check=False).returncode
        assert room.run("cat", path, user="nobody", check=False).returncode
    vault = room.says("cat", "/etc/cc-run/inventory/group_vars/all/vault.yml")
    assert vault.startswith("$ANSIBLE_VAULT;")


def test_the_operator_can_work_and_needs_to_be_told_nothing(room: Machine) -> None:
    assert room.says("cc-run", "event", "list", "--json", user=OPERATOR) == "[]"
    refused = room.run("cc-run", "event", "list", user="nobody", check=False)
    assert refused.returncode == 4


def test_the_runner_has_the_locked_releases_in_its_own_environment(room: Machine) -> None:
    lock = room.says("sh", "-c", f"cat {SITE}/cc_run/_content/requirements.lock")
    freeze = room.says("/opt/cc-run/bin/pip", "freeze", "--all")
    installed = set(_releases(freeze))
    assert len(installed) >= 30
    made_by_venv = {"pip", "setuptools"}
    assert {one for one in installed - set(_releases(lock)) if one[0] not in made_by_venv} == set()


def _releases(lines: str) -> Iterator[tuple[str, str]]:
    """Names and versions, the names in the form that all tools agree on."""
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", lines, re.MULTILINE):
        yield re.sub(r"[-_.]+", "-", name).lower(), version


def test_usb_devices_of_the_room_keep_their_power(room: Machine) -> None:
    room.run("apt-get", "install", "-y", "--no-install-recommends", "umockdev")
    assert room.run("udevadm", "control", "--reload").returncode == 0
    equipment = f"{SITE}/cc_run/simulators/room/equipment"
    for name in ("logitech-brio", "polycom-cx5500"):
        file = room.says("sh", "-c", f"ls {equipment}/{name}.umockdev")
        device = room.says("sed", "-n", "1s,^P: ,,p", file)
        test = ["udevadm", "test", "--action=add", f"/sys{device}"]
        said = room.run("umockdev-run", "-d", file, "--", *test, check=False)
        told = (said.stdout + said.stderr).splitlines()
        assert any("power/control' writing 'on'" in line for line in told), said
        assert len([line for line in told if re.search("Reading .*-cc-run-", line)]) == 2, said
        # What it finds wrong in a rule, it tells with the file and the line, as what it does.
        marked = [line for line in told if re.search(r"-cc-run-.*rules:\d+ ", line)]
        assert all(" writing " in line for line in marked), marked


def test_the_timers_are_set(room: Machine) -> None:
    for name in ("archive", "verify", "remind"):
        assert room.says("systemctl", "is-enabled", f"cc-run-{name}.timer") == "enabled"
        assert room.says("systemctl", "is-active", f"cc-run-{name}.timer") == "active"


def test_zoom_is_heard_only_where_that_is_wished(room: Machine) -> None:
    unit = "cc-run-webhook.service"
    assert room.run("systemctl", "is-enabled", unit, check=False).stdout.strip() == "disabled"
    assert room.run("systemctl", "is-active", unit, check=False).stdout.strip() == "inactive"
    assert "cc-run webhook" in room.says("systemctl", "show", "-p", "ExecStart", unit)
    # Without its secret it says so and is left alone.
    room.run("systemctl", "start", unit)
    room.wait_for("systemctl", "show", "-p", "ActiveState", "--value", unit, says="failed")
    assert room.says("systemctl", "show", "-p", "NRestarts", "--value", unit) == "0"
    assert "cc_zoom_webhook_secret" in room.says("journalctl", "-u", unit, "--no-pager")
    room.run("systemctl", "reset-failed", unit)


def test_the_reminder_comes_on_the_desktop_once(room: Machine, desktop: Notices) -> None:
    def remind() -> str:
        # Nothing fails where the desktop is told, and nothing is said where nobody waits.
        room.run("systemctl", "start", "cc-run-remind.service")
        return room.says("systemctl", "show", "-p", "Result", "--value", "cc-run-remind.service")

    assert remind() == "success"
    assert desktop.heard() == []
    start = datetime.now(ZoneInfo("Asia/Jakarta")) + timedelta(minutes=90)
    end = start + timedelta(minutes=30)
    words = ["--title", "Rapat SPBE", "--agency", "Bappeda", "--date", f"{start:%Y-%m-%d}"]
    words += ["--start", f"{start:%H.%M}", "--end", f"{end:%H.%M}", "--letter", "005/1/2026"]
    words += ["--letter-date", f"{start:%Y-%m-%d}", "--disposition-by", "Kepala Dinas"]
    words += ["--disposition-date", f"{start:%Y-%m-%d}"]
    room.run("cc-run", "event", "add", *words, user=OPERATOR)
    assert remind() == "success"
    (notice,) = desktop.heard()
    assert "VC-0001" in notice
    assert "Rapat SPBE" in notice
    assert remind() == "success"
    assert len(desktop.heard()) == 1


def test_what_was_damaged_is_repaired(room: Machine, controller: Controller) -> None:
    rules = "/etc/udev/rules.d/70-cc-run-camera.rules"
    module = f"{SITE}/cc_run/readiness.py"
    whole = room.says("sh", "-c", f"cat {rules} {module}")
    room.run("sh", "-c", f"echo '# nothing' > {rules}; truncate -s 100 {module}")
    room.run("systemctl", "disable", "--now", "cc-run-archive.timer")
    room.run("chmod", "0666", "/etc/cc-run/vault-password")
    assert len(controller.provision().changed) == 3
    assert room.says("sh", "-c", f"cat {rules} {module}") == whole
    assert room.says("systemctl", "is-active", "cc-run-archive.timer") == "active"
    assert room.says("stat", "-c", "%a", "/etc/cc-run/vault-password") == "640"
    assert controller.provision().changed == []


def test_a_setting_that_left_the_inventory_leaves_the_room(
    room: Machine, controller: Controller
) -> None:
    more = controller.inventory / "host_vars/command-center/more.yml"
    one = controller.inventory / "host_vars/command-center.yml"
    more.parent.mkdir()
    one.rename(more.with_name("main.yml"))
    more.write_text("cc_operators: [Seorang]\n")
    assert len(controller.provision().changed) == 1
    brought = room.says("sh", "-c", "cd /etc/cc-run/inventory/host_vars; find . -type f")
    assert sorted(brought.split()) == ["./command-center/main.yml", "./command-center/more.yml"]
    more.unlink()
    assert len(controller.provision().changed) == 1
    assert room.run("ls", "/etc/cc-run/inventory/host_vars/command-center").stdout == "main.yml\n"


def test_it_may_also_run_on_the_machine_itself_and_finds_the_same(room: Machine) -> None:
    done = room.run("cc-run", "provision", "--json")
    roles = json.loads(done.stdout)["roles"]
    assert {role["name"]: role["changed"] for role in roles if role["changed"]} == {}


def test_the_timer_has_fired(room: Machine) -> None:
    """Last, because its delay has passed by now."""
    asked = ["systemctl", "show", "-p", "LastTriggerUSec", "--value", "cc-run-archive.timer"]
    room.wait_until(lambda: room.says(*asked) not in ("", "n/a"), 150, "the timer has fired")
    service = "cc-run-archive.service"
    show = ["systemctl", "show", "-p", "Result", "-p", "ExecMainStartTimestamp", service]
    room.wait_until(lambda: "UTC" in room.says(*show) or "WIB" in room.says(*show), 60, service)
    assert "Result=success" in room.says(*show)
