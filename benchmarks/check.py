"""All probes of a simulated room at once, beside the slowest of them by itself."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from statistics import median

from _staged import EVENT, closed, on_stage, ready, told
from measuring import Peers, Row, arguments, interleaved, publish, ratio, seconds

GOAL = 1.3


def main() -> None:
    parser = arguments(__doc__ or "", runs=7)
    parser.add_argument("--inside", type=Path, help="(the benchmark's own: its room's folder)")
    options = parser.parse_args()
    if options.inside is None:
        sys.exit(on_stage(__file__, options))
    try:
        ready(options.inside)
        chosen = ["--event", EVENT]
        probes = json.loads(told("check", *chosen, "--json", codes=(0, 1)))["probes"]
        slowest = max(probes, key=lambda probe: probe["seconds"])
        commands = {
            f"check {slowest['id']}": ["check", slowest["id"], *chosen],
            "check": ["check", *chosen],
        }
        acts = [
            partial(seconds, partial(told, *words, codes=(0, 1))) for words in commands.values()
        ]
        alone, whole = interleaved(options.runs, *acts)
    finally:
        closed()
    rows = [
        Row("all probes, times the slowest alone", ratio(whole, alone), GOAL),
        Row("probes", len(probes)),
        Row("of which pass", sum(probe["status"] == "pass" for probe in probes)),
        Row("all probes one after the other, s", sum(probe["seconds"] for probe in probes)),
        Row("the slowest, s (its own seconds among all)", slowest["seconds"]),
        Row("check, the whole process, s (median)", median(whole)),
    ]
    taken = dict(zip(commands, (alone, whole), strict=True))
    publish("check", rows, [Peers("A whole process", "s", taken)], as_json=options.json)


if __name__ == "__main__":
    main()
