"""Runs probes as a room with these variables would, and prints their results. For the tests.

look.py '{"only": ["network"], "variables": {"wired_network_reach": []}}'
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

from cc_run import content
from cc_run.probe import Context, Result, run_probes
from cc_run.room.laptop import PROBES as LAPTOP
from cc_run.room.network import PROBES as NETWORK


def section(role: str, variables: dict[str, Any]) -> SimpleNamespace:
    """The role's defaults with the variables above them, by their names without its prefix."""
    defaults = yaml.safe_load((content.roles() / role / "defaults/main.yml").read_text())
    own = {name: value for name, value in variables.items() if name in defaults}
    values = {**defaults, **own}
    return SimpleNamespace(
        **{name.removeprefix(f"{role}_"): value for name, value in values.items()}
    )


def plain(result: Result) -> dict[str, Any]:
    values = [
        None if math.isnan(value) else value for one in result.evidence for value in one.values
    ]
    names = ("status", "found", "expected", "remedy", "seconds")
    return {name: getattr(result, name) for name in names} | {"values": values}


def main(wish: dict[str, Any]) -> None:
    variables = wish["variables"]
    room = SimpleNamespace(
        probe_timeout=wish.get("probe_timeout", 15.0),
        probe_needs={},
        state_dir=Path(wish.get("state_dir", tempfile.gettempdir())),
    )
    settings: Any = SimpleNamespace(
        room=room,
        wired_network=section("wired_network", variables),
        laptop=section("laptop", variables),
        zoom_client=section("zoom_client", variables),
    )
    only = set(wish["only"])
    probes = [
        probe for probe in (*NETWORK, *LAPTOP) if {probe.id, probe.id.partition(".")[0]} & only
    ]
    with tempfile.TemporaryDirectory() as evidence:
        results = asyncio.run(run_probes(probes, Context(settings, None, Path(evidence))))
    json.dump({result.id: plain(result) for result in results}, sys.stdout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
