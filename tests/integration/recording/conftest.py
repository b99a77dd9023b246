"""The real OBS in a simulated room whose screen shows a running time code."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cc_run.recording.control import stop_recording
from cc_run.recording.process import running_obs

sys.path.insert(0, str(Path(__file__).parent))

from desk import Desk, desk_in


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all these tests, and for none that come after: it is in this process's
    environment, and its OBS keeps a processor busy.
    """
    with desk_in(tmp_path_factory.mktemp("recording")) as desk:
        yield desk


@pytest.fixture(autouse=True)
def idle_obs(desk: Desk) -> Iterator[None]:
    """Every test begins with an OBS that runs and records nothing, and a screen that moves."""
    desk.show("run")
    desk.start_obs()
    yield
    desk.show("run")
    if running_obs(desk.workspace.settings.obs) is not None:
        stop_recording(desk.workspace)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Moments that differ from test to test, and are the same in every run."""
    return random.Random(request.node.name)
