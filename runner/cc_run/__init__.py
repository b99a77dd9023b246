"""cc-run: a government video-conference room, carried through its written procedure."""

__version__ = "0.1.0"
