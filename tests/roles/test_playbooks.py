"""The project's playbooks and the role mipp, with nothing but ansible.cfg and an inventory."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from cc_run import sop
from cc_run.archive.mipp.event import ATTACHED, FILED
from cc_run.settings.inventory import load

ROOT = Path(__file__).parents[2]
# No panel answers in these rooms; the wall has tests of its own.
NO_WALL = {"tv_wall_driver": "none"}


@pytest.fixture
def mipp(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "cc_run.cli", "simulate", "mipp", "--state"]
    process = subprocess.Popen(
        [*command, str(tmp_path / "mipp")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    yield process.stdout.readline().strip()
    process.terminate()
    process.communicate()


def test_a_room_is_brought_about_once_and_then_nothing_changes(room_site) -> None:
    room_site.variables = NO_WALL
    first = room_site.play("pre_session.yml", "--skip-tags", "verify")
    assert (first.failed, first.rescued) == (0, 0), first.output
    assert first.changed >= 3
    assert (room_site.home / ".config/obs-studio/global.ini").is_file()
    again = room_site.play("pre_session.yml", "--skip-tags", "verify", "--diff")
    assert (again.changed, again.failed, again.rescued) == (0, 0, 0), again.output


def test_a_room_without_equipment_still_gets_everything_else(site) -> None:
    site.variables = NO_WALL
    played = site.play("pre_session.yml", "--skip-tags", "verify")
    assert (played.failed, played.rescued) == (0, 1), played.output
    assert (site.home / ".config/obs-studio/global.ini").is_file()
    assert (site.home / ".config/zoomus.conf").is_file()


def test_minutes_and_photos_come_to_mipp_once(workspace, event, site, mipp: str) -> None:
    site.environment["CC_REHEARSAL_MIPP"] = mipp
    site.variables = {"cc_event": event.id, "cc_actor": "Rina"}
    early = site.play("mipp", "-v")
    assert (early.changed, early.failed) == (0, 0)
    assert f"{event.id} has no minutes and photos yet." in early.output

    minutes, photo = site.folder / "notulen.docx", site.folder / "foto.jpg"
    minutes.write_bytes(b"minutes")
    Image.effect_noise((64, 48), 80).save(photo)
    papers = {"minutes": str(minutes), "photos": [str(photo)]}
    workspace.journal.append(
        ATTACHED, event_id=event.id, step=sop.DOCUMENT, actor="Rina", data=papers
    )
    foretold = site.play("mipp", "--check")
    assert (foretold.changed, foretold.failed) == (0, 0)
    filed = site.play("mipp")
    assert (filed.changed, filed.failed) == (1, 0), filed.output
    assert site.play("mipp").changed == 0
    entries = httpx.get(f"{mipp}/_control/state").json()["entries"]
    assert [entry["judul"] for entry in entries] == [f"{event.title} [{event.id}]"]
    receipt = workspace.journal.latest(event.id, FILED)
    assert receipt is not None
    assert (receipt.actor, receipt.data["url"]) == ("Rina", f"{mipp}/kegiatan/1")


def test_a_machine_that_is_provisioned_in_check_mode_shows_what_it_would_get(site) -> None:
    site.variables = {
        "ansible_become_method": "su",
        "laptop_packages": ["dpkg"],
        "cc_run_venv": str(site.folder / "venv"),
    }
    played = site.play("provision.yml", "--check", "--diff")
    assert played.failed == 0, played.output
    for text in (
        "+HandleLidSwitch=ignore",
        '+ACTION=="add", SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="046d"',
        'ATTR{idVendor}=="095d"',
        "+CC_RUN_ROOM=gladi",
        "cc-run archive --due",
        "cc-run archive verify --sample 10",
        "cc-run remind",
    ):
        assert text in played.output


def test_the_example_is_understood_with_the_password_that_its_readme_tells(
    tmp_path: Path,
) -> None:
    assert "is `contoh`" in (ROOT / "inventory/example/README.md").read_text()
    password = tmp_path / "password"
    password.write_text("contoh\n")
    settings = load(ROOT / "inventory/example", None, password)
    assert settings.host == "command-center"
    assert settings.obs.password.get_secret_value() == "contoh-obs"
    assert [target.mounted for target in settings.archive.targets] == [True, True]
    assert settings.mipp.entry.fields["judul"] == "{{ title }} [{{ event_id }}]"
