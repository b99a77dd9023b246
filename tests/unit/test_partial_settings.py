"""A task that needs one part of the settings reads that one alone, and as strictly as all."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader

from cc_run.errors import SettingsFault
from cc_run.settings.inventory import resolve

BESIDES = {"obs_port": "no number", "ansible_play_role_names": []}


def test_only_the_named_part_is_read() -> None:
    settings = resolve(BESIDES | {"camera_width": 640}, DataLoader(), ["camera"])
    assert (settings.camera.width, settings.camera.fps) == (640, 30)
    with pytest.raises(AttributeError):
        _ = settings.obs


def test_a_mistake_in_it_is_told_as_ever() -> None:
    with pytest.raises(SettingsFault, match="camera_widht: no such variable"):
        resolve(BESIDES | {"camera_widht": 640}, DataLoader(), ["camera"])
    with pytest.raises(SettingsFault, match="camera_width"):
        resolve(BESIDES | {"camera_width": "wide"}, DataLoader(), ["camera"])


def test_a_playing_roles_defaults_are_taken_from_the_play() -> None:
    playing = {"ansible_play_role_names": ["camera"]}
    with pytest.raises(SettingsFault, match="camera_models: missing"):
        resolve(playing, DataLoader(), ["camera"])
