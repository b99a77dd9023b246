"""``python -m cc_run.cli`` is ``cc-run``."""

from cc_run.cli.program import main

main()
