"""Whether OBS's scenes show and hear what the room wants, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cc_run.errors import Refusal
from cc_run.language import _, joined
from cc_run.recording.obs import ObsConnection
from cc_run.settings.models import Obs, ObsScene, ObsSource

_VERSION: Final = re.compile(r"_v\d+$")
_HEARD: Final = re.compile(r"^(pulse|alsa|jack)_")


def wished_scenes(obs: Obs) -> list[ObsScene]:
    """All scenes, the recorded one first."""
    return [ObsScene(name=obs.scene, sources=obs.sources), *obs.scenes]


def differing(connection: ObsConnection, obs: Obs) -> tuple[list[str], list[str]]:
    """What is wrong with the scenes, a phrase each, and which sources of the recorded one are new.

    A source's settings may hold a password, so only their names are told.
    """
    listed = connection.ask("GetSceneList")["scenes"]
    there = {str(scene["sceneName"]) for scene in listed}
    wrong: list[str] = []
    more: list[str] = []
    looked_at: set[str] = set()
    for scene in wished_scenes(obs):
        if scene.name not in there:
            wrong.append(_("the scene %(scene)s is missing") % {"scene": scene.name})
            continue
        items = _items(connection, scene.name)
        for source in scene.sources:
            if source.name not in items:
                words = {"source": source.name, "scene": scene.name}
                wrong.append(_("%(source)s is missing in %(scene)s") % words)
                continue
            if scene.name == obs.scene and not items[source.name]["sceneItemEnabled"]:
                wrong.append(_("%(source)s is hidden") % {"source": source.name})
            if source.name not in looked_at:
                looked_at.add(source.name)
                wrong.extend(_faults(connection, source))
        if scene.name == obs.scene:
            wished = {source.name for source in scene.sources}
            more = [
                name
                for name, item in items.items()
                if name not in wished and item["sceneItemEnabled"]
            ]
    return wrong, more


def _items(connection: ObsConnection, scene: str) -> dict[str, dict[str, Any]]:
    items = connection.ask("GetSceneItemList", {"sceneName": scene})["sceneItems"]
    return {str(item["sourceName"]): item for item in items}


def _faults(connection: ObsConnection, source: ObsSource) -> Iterator[str]:
    name = {"source": source.name}
    told = connection.ask("GetInputSettings", {"inputName": source.name})
    kind = str(told["inputKind"])
    if _VERSION.sub("", kind) != _VERSION.sub("", source.kind):
        words = {**name, "found": kind, "wished": source.kind}
        yield _("%(source)s is of the kind %(found)s, not %(wished)s") % words
        return
    usual = connection.ask("GetInputDefaultSettings", {"inputKind": kind})["defaultInputSettings"]
    settings = {**usual, **told["inputSettings"]}
    other = [key for key, value in source.settings.items() if not _holds(settings.get(key), value)]
    if other:
        words = {**name, "settings": joined(other)}
        yield _("%(source)s has other settings than wished: %(settings)s") % words
    if _HEARD.match(kind) and _is_muted(connection, source.name):
        yield _("%(source)s is muted in OBS") % name


def _is_muted(connection: ObsConnection, name: str) -> bool:
    try:
        return bool(connection.ask("GetInputMute", {"inputName": name})["inputMuted"])
    except Refusal:
        return False


def _holds(found: Any, wished: Any) -> bool:
    """Whether all that is wished is there; OBS adds keys of its own."""
    if isinstance(wished, Mapping):
        return isinstance(found, Mapping) and all(
            _holds(found.get(key), value) for key, value in wished.items()
        )
    return bool(found == wished)
