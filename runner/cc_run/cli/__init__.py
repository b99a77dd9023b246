"""The command line: parse, call, print. One module an SOP topic; no logic."""

from cc_run.cli.interrupts import end_at_once

__all__ = ["main"]


def main() -> None:
    """Runs the program and ends with the documented exit code."""
    end_at_once()
    from cc_run.cli.program import main as run

    run()
