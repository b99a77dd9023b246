"""Every way in which an inventory can be wrong is told with its file, its key and a remedy."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cc_run import content
from cc_run.errors import SettingsFault
from cc_run.settings.inventory import load
from cc_run.settings.models import sections
from cc_run.settings.validation import is_secret

PASSWORD = "contoh"  # of the example inventory, as its README tells
Damage = Callable[[Path], object]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example inventory, and its vault password in the environment."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CC_RUN_ROOM", "CC_RUN_INVENTORY", "ANSIBLE_VAULT_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "inventory"
    shutil.copytree(content.inventory() / "example", folder)
    password_file = tmp_path / "vault-password"
    password_file.write_text(PASSWORD + "\n")
    monkeypatch.setenv("CC_RUN_VAULT_PASSWORD_FILE", str(password_file))
    return folder


def at(key: str) -> str:
    """Where the example says it, as a fault names it."""
    name = "group_vars/all/main.yml"
    lines = (content.inventory() / "example" / name).read_text().splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:"))
    return f"{name}:{number}: "


def replaced(old: str, new: str, name: str = "group_vars/all/main.yml") -> Damage:
    def damage(site: Path) -> None:
        text = (site / name).read_text()
        assert old in text
        (site / name).write_text(text.replace(old, new))

    return damage


def added(line: str) -> Damage:
    return lambda site: (site / "group_vars/all/more.yml").write_text(f"---\n{line}\n")


def test_the_example_inventory_is_right(site: Path) -> None:
    settings = load(site)
    assert settings.room.coordinator == "Sekar Wulandari"
    assert settings.room.operators == ("Bagas Prasetyo", "Ratna Kusumaningrum")
    assert settings.archive.organization == settings.room.office  # a role's default, templated
    assert settings.obs.record_dir == settings.room.state_dir / "recordings"
    assert settings.zoom.client_secret.get_secret_value() not in repr(settings)
    assert settings.vault_password_file == site.parent / "vault-password"


WRONG: dict[str, tuple[Damage, tuple[str, ...]]] = {
    "a key is missing": (
        replaced("cc_office:", "x_office:"),
        ("cc_office: missing; it has no default",),
    ),
    "a key is not filled in": (
        replaced("cc_coordinator: Sekar Wulandari", "cc_coordinator:"),
        (at("cc_coordinator") + "cc_coordinator", "valid string"),
    ),
    "a key is blank": (
        replaced("cc_coordinator: Sekar Wulandari", 'cc_coordinator: " "'),
        (at("cc_coordinator") + "cc_coordinator", "at least 1 character"),
    ),
    "a list is empty": (
        replaced("  - Bagas Prasetyo\n  - Ratna Kusumaningrum\n", "  []\n"),
        (at("cc_operators") + "cc_operators", "at least 1 item"),
    ),
    "a key is misspelt": (
        replaced("cc_zoom_gap_minutes", "cc_zoom_gap_minute"),
        (
            at("cc_zoom_gap_minutes") + "cc_zoom_gap_minute: no such variable;",
            "did you mean cc_zoom_gap_minutes?",
        ),
    ),
    "a value is of the wrong type": (
        replaced("cc_zoom_gap_minutes: 15", "cc_zoom_gap_minutes: soon"),
        (at("cc_zoom_gap_minutes") + "cc_zoom_gap_minutes", "valid integer", "found: 'soon'"),
    ),
    "there is no such time zone": (
        replaced("cc_timezone: Asia/Jakarta", "cc_timezone: Asia/Demak"),
        (at("cc_timezone") + "cc_timezone: no such time zone: Asia/Demak",),
    ),
    "an inner key is wrong": (
        replaced("wall: preferred", "wall: maybe"),
        ("cc_probe_needs.wall", "'required', 'preferred' or 'optional'", "found: 'maybe'"),
    ),
    "variables do not fit together": (
        replaced("[1, 2, 3, 4]", "[1, 2, 3]", "host_vars/command-center.yml"),
        ("tv_wall_panels names 3 panels, but tv_wall_columns x tv_wall_rows is 4",),
    ),
    "alarms go by mail, but no server is named": (
        added('cc_alarm_mail_to: ["it@example.go.id"]'),
        ("cc_alarm_mail_to needs cc_mail_host and cc_mail_sender too",),
    ),
    "mails have no sender": (
        added("cc_mail_host: mail.example.go.id"),
        ("cc_mail_host and cc_mail_sender need each other",),
    ),
    "mails would go in the clear": (
        added(
            "cc_mail_host: mail.example.go.id\n"
            "cc_mail_sender: vidcon@example.go.id\n"
            "cc_mail_security: none"
        ),
        ("cc_mail_security is none, which is for a server on this machine alone",),
    ),
    "an agency's contact has an unknown key": (
        added("cc_agencies: {Bappeda: {surel: set@example.go.id}}"),
        ("cc_agencies.Bappeda.surel",),
    ),
    "a folder is relative": (
        replaced("cc_state_dir: ~/cc-run", "cc_state_dir: papers"),
        (at("cc_state_dir") + "cc_state_dir: a whole path is expected, from / or ~",),
    ),
    "a template names nothing": (
        added('cc_checklist: ["{{ nothing_here }}"]'),
        ("group_vars/all/more.yml:2: cc_checklist", "'nothing_here' is undefined"),
    ),
    "a template cannot be read": (
        added('cc_checklist: ["{{ a b }}"]'),
        ("group_vars/all/more.yml:2: cc_checklist: Syntax error in template",),
    ),
    "the secrets' file is not there": (
        lambda site: (site / "group_vars/all/vault.yml").unlink(),
        (at("obs_password") + "obs_password: 'vault_obs_password' is undefined",),
    ),
    "a file is no YAML": (
        replaced("cc_office:", "cc_office: : ["),
        ("group_vars/all/main.yml:11", "YAML parsing failed"),
    ),
    "the hosts are no YAML": (
        lambda site: (site / "hosts.yml").write_text("all: [: :\n"),
        ("hosts.yml:1", "YAML parsing failed"),
    ),
    "a file has a list in it": (
        lambda site: (site / "group_vars/all/main.yml").write_text("- a\n"),
        ("group_vars/all/main.yml", "expected dicts"),
    ),
    "the inventory is empty": (
        lambda site: (shutil.rmtree(site), site.mkdir()),
        ("has no room in it", "hosts.yml"),
    ),
    "no room is in it": (
        lambda site: (site / "hosts.yml").write_text("---\n"),
        ("has no room in it", "hosts.yml"),
    ),
    "two rooms are in it": (
        lambda site: (site / "hosts.yml").write_text("all: {hosts: {aula: , rapat: }}\n"),
        ("several rooms: aula, rapat", "--room"),
    ),
}


@pytest.mark.parametrize(("damage", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_inventory_says_what_is_wrong_and_where(
    site: Path, damage: Damage, words: tuple[str, ...]
) -> None:
    damage(site)
    with pytest.raises(SettingsFault) as fault:
        load(site)
    told = str(fault.value)
    for word in words:
        assert word in told
    assert fault.value.remedy
    assert "rahasia" not in told


def test_all_mistakes_are_told_at_once(site: Path) -> None:
    replaced("cc_timezone: Asia/Jakarta", "cc_timezone: Asia/Demak")(site)
    replaced("cc_coordinator: Sekar Wulandari", "cc_coordinator:")(site)
    added("cc_zoom_hots: []")(site)
    with pytest.raises(SettingsFault) as fault:
        load(site)
    assert fault.value.message.count("•") == 3


def test_a_room_that_is_not_there_names_those_that_are(site: Path) -> None:
    with pytest.raises(SettingsFault, match=r"no room aula.*command-center"):
        load(site, "aula")


def test_no_inventory_at_all_tells_how_to_begin(site: Path) -> None:
    with pytest.raises(SettingsFault, match=r"cp -r .*example"):
        load()
    with pytest.raises(SettingsFault, match=r"no inventory at .*elsewhere"):
        load(site.parent / "elsewhere")


def test_the_file_hosts_yml_itself_may_be_named(site: Path) -> None:
    assert load(site / "hosts.yml").host == "command-center"


@pytest.mark.parametrize(
    ("password", "words"),
    [
        (None, "no vault password file was given"),
        ("salah", "does not open the inventory's secrets"),
        ("", "does not open the inventory's secrets"),
    ],
)
def test_secrets_stay_locked_without_their_password(
    site: Path, monkeypatch: pytest.MonkeyPatch, password: str | None, words: str
) -> None:
    if password is None:
        monkeypatch.delenv("CC_RUN_VAULT_PASSWORD_FILE")
    else:
        (site.parent / "vault-password").write_text(password)
    with pytest.raises(SettingsFault, match=words) as fault:
        load(site)
    assert fault.value.remedy
    assert not password or password not in str(fault.value)


def test_a_password_file_that_is_not_there_is_no_wrong_password(site: Path) -> None:
    with pytest.raises(SettingsFault, match=r"no vault password file at .*/gone"):
        load(site, vault_password_file=site / "gone")


def test_each_variable_that_is_secret_is_known_as_such() -> None:
    secret = [
        section.prefix + name
        for section in sections().values()
        for name, field in section.model_fields.items()
        if "SecretStr" in repr(field.annotation)
    ]
    assert "cc_alarm_webhook_url" in secret
    assert [name for name in secret if not is_secret(name)] == []


@pytest.mark.parametrize(
    "line",
    [
        "obs_password: [rahasia]",
        "mipp_password: {a: rahasia}",
        "cc_zoom_client_secret: [rahasia]",
        "cc_store_url: [rahasia]",
        "cc_alarm_webhook_url: [rahasia]",
        "mipp_login: {fields: {kata_sandi: rahasia}}",
        'obs_password: "{{ rahasia + }}"',
    ],
)
def test_a_secret_in_the_wrong_shape_is_not_shown(site: Path, line: str) -> None:
    name = line.partition(":")[0]
    main = site / "group_vars/all/main.yml"
    main.write_text(re.sub(rf"(?m)^{name}:.*\n", "", main.read_text()) + line + "\n")
    with pytest.raises(SettingsFault) as fault:
        load(site)
    assert name in str(fault.value)
    assert "rahasia" not in str(fault.value)
