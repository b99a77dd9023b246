"""The command line: parse, call, print. One module an SOP topic; no logic."""

from cc_run.cli.program import main

__all__ = ["main"]
