"""How soon the program answers: its help beside a hello world made with the same library."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from statistics import median

from _room import environment, filled, on_disk
from measuring import Peers, Row, arguments, interleaved, process_ms, publish, ratio

CC_RUN = Path(sys.executable).parent / "cc-run"
HELP_GOAL = 1.5

HELLO = """\
import click


@click.command()
def main():
    \"\"\"Says hello.\"\"\"
    click.echo("Hello")
"""
# What pip writes for an entry point, so that both start in the same way.
ENTRY = """\
#!{python}
# -*- coding: utf-8 -*-
import re
import sys
from hello import main
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(main())
"""


def hello_world(folder: Path) -> Path:
    """A program of one command, started as an installed one is."""
    (folder / "hello.py").write_text(HELLO)
    entry = folder / "hello-world"
    entry.write_text(ENTRY.format(python=sys.executable))
    entry.chmod(0o755)
    return entry


def main() -> None:
    options = arguments(__doc__ or "", runs=21).parse_args()
    with on_disk() as folder:
        hello = hello_world(folder)
        filled(folder / "room", 10).dispose()
        room = environment(folder / "room")
        commands: dict[str, list[str | Path]] = {
            "click hello world --help": [hello, "--help"],
            "cc-run --help": [CC_RUN, "--help"],
            "cc-run --version": [CC_RUN, "--version"],
            "cc-run event list": [CC_RUN, "event", "list"],
            "cc-run status": [CC_RUN, "status"],
        }
        acts = [partial(process_ms, command, room) for command in commands.values()]
        samples = interleaved(options.runs, *acts)
    taken = dict(zip(commands, samples, strict=True))
    hello_samples = taken["click hello world --help"]
    rows = [
        Row(
            "cc-run --help, times a click hello world (median of neighbours)",
            ratio(taken["cc-run --help"], hello_samples),
            HELP_GOAL,
        ),
        *(Row(f"{name}, ms (median)", median(times)) for name, times in taken.items()),
    ]
    title = "A whole process, interleaved"
    publish("cli", rows, [Peers(title, "ms", taken)], as_json=options.json)


if __name__ == "__main__":
    main()
