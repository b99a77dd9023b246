"""The journal: an append-only record of every step's start, end, actor and output."""

from cc_run.journal.chain import Breach
from cc_run.journal.entry import Entry
from cc_run.journal.journal import Journal, RunningStep
from cc_run.journal.lease import Busy
from cc_run.journal.progress import StepRecord

__all__ = ["Breach", "Busy", "Entry", "Journal", "RunningStep", "StepRecord"]
