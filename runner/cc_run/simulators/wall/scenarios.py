"""What can go wrong with simulated panels, whatever they speak."""

from __future__ import annotations

from typing import Final, Literal, get_args

Scenario = Literal["ok", "dribble", "refuse", "silent", "vanish", "garble"]
SCENARIOS: Final[tuple[Scenario, ...]] = get_args(Scenario)
"""ok; dribble: answers byte by byte; refuse: no panel takes a new setting; silent: the last panel
never answers; vanish: the connection closes in the middle of an answer; garble: the answer is
none."""
