"""``python -m cc_run.cli`` is ``cc-run``."""

from cc_run.cli import main

main()
