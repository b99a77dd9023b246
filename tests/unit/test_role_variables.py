"""A role's defaults, its argument specs and the typed settings speak of the same variables."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from pydantic import SecretStr

from cc_run.settings.models import Section, sections

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
# What a play tells a role, and no inventory does.
PARAMETERS = {"cc_event", "cc_actor"}
OF_THE_RUNNER = {"cc_", "cc_zoom_", "cc_recording_", "cc_alarm_", "cc_mail_"}
KINDS = {"str": str, "path": str, "int": int, "float": (int, float), "bool": bool}
KINDS |= {"list": list, "dict": dict}


def load(role: str, name: str) -> dict[str, Any]:
    return dict(DataLoader().load_from_file(str(ROOT / "roles" / role / name)) or {})


def section_of(role: str) -> type[Section]:
    return sections()[role]


@pytest.mark.parametrize("role", ROLES)
def test_defaults_specs_and_settings_have_the_same_variables(role: str) -> None:
    section = section_of(role)
    typed = {section.prefix + field for field in section.model_fields}
    options = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = load(role, "defaults/main.yml")
    assert set(defaults) == typed
    assert set(options) - PARAMETERS == typed


@pytest.mark.parametrize("role", ROLES)
def test_specs_tell_the_defaults_that_hold(role: str) -> None:
    options = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = load(role, "defaults/main.yml")
    assert {name: options[name]["default"] for name in defaults} == defaults
    for name, value in defaults.items():
        assert isinstance(value, KINDS[options[name]["type"]]) or "{{" in str(value), name
        assert options[name]["description"], name


@pytest.mark.parametrize("role", ROLES)
def test_secrets_are_never_shown(role: str) -> None:
    options = load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    hidden = {name for name, option in options.items() if option.get("no_log")}
    secret = {
        f"{section.prefix}{name}"
        for section in sections().values()
        for name, field in section.model_fields.items()
        if field.annotation is SecretStr
    }
    assert hidden == secret & set(options)
    assert hidden >= {name for name in options if name.endswith(("_password", "_secret"))}


def test_every_section_with_a_prefix_of_its_own_has_a_role() -> None:
    found = {name for name, section in sections().items() if section.prefix not in OF_THE_RUNNER}
    assert found == set(ROLES)


def test_the_readmes_are_made_from_the_specs() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "script/role-readmes", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("packages", "units"),
    [
        (["obs-studio", "pipewire-pulse"], {"pipewire.socket", "pulseaudio.socket"}),
        (["dpkg"], set()),
    ],
)
def test_a_room_that_leaves_pipewire_out_keeps_its_sound_server(
    packages: list[str], units: set[str]
) -> None:
    loader = DataLoader()
    variables: dict[str, Any] = {}
    for name in ("defaults", "vars"):
        file = str(ROOT / "roles/laptop" / name / "main.yml")
        variables |= loader.load_from_file(file, trusted_as_template=True)
    variables |= {"laptop_packages": packages}
    items = Templar(loader=loader, variables=variables).template(variables["__laptop_sound"])
    assert {item["unit"] for item in items if "unit" in item} >= units
    assert bool(items) == bool(units)
