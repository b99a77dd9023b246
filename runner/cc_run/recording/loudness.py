"""How loud a recording is, by EBU R 128, and what that means for who listens to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from cc_run.language import _
from cc_run.numbers import Number

Verdict = Literal["good", "silent", "quiet", "loud", "distorted"]
# Speech on television is at -23, on the web at about -16. A laptop's loudspeaker makes up for some.
_SILENT: Final = -55.0
_QUIET: Final = -33.0
_LOUD: Final = -11.0
# Above full scale nothing can be drawn; what is there was cut off.
_CUT_OFF: Final = 0.0
# The summary stands at the end; while it runs, the filter uses the same letters.
_SUMMARY: Final = re.compile(
    r"Integrated loudness:\s+I:\s+(\S+) LUFS.*?LRA:\s+(\S+) LU.*?Peak:\s+(\S+) dBFS", re.DOTALL
)


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness (LUFS), true peak (dBTP) and range (LU).

    Without any sound, ``peak`` is None, and ``lufs`` is the least that the measure knows.
    """

    lufs: float
    peak: float | None
    range: float

    @property
    def verdict(self) -> Verdict:
        """What it means for a listener."""
        if self.peak is None or self.lufs < _SILENT:
            return "silent"
        if self.lufs < _QUIET:
            return "quiet"
        if self.peak > _CUT_OFF:
            return "distorted"
        return "loud" if self.lufs > _LOUD else "good"

    @property
    def sentence(self) -> str:
        """The figures and the verdict in plain words."""
        verdicts = {
            "good": _("good to listen to"),
            "silent": _("nobody can be heard"),
            "quiet": _("too quiet: have people nearer to the microphones, or turn these up"),
            "loud": _("too loud: turn the microphones down"),
            "distorted": _("distorted where it is loudest: turn the microphones down"),
        }
        if self.peak is None:
            return _("Loudness: there is no sound, %(verdict)s") % {"verdict": verdicts["silent"]}
        return _("Loudness: %(lufs)s LUFS, peak %(peak)s dBTP, %(verdict)s") % {
            "lufs": Number(self.lufs),
            "peak": Number(self.peak),
            "verdict": verdicts[self.verdict],
        }

    def as_data(self) -> dict[str, Any]:
        """For the journal and for ``--json``."""
        return {
            "lufs": self.lufs,
            "true_peak_db": self.peak,
            "range_lu": self.range,
            "verdict": self.verdict,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Loudness:
        """What ``as_data`` gave."""
        return cls(data["lufs"], data["true_peak_db"], data["range_lu"])


def loudness_in(said: str) -> Loudness | None:
    """What ffmpeg's ``ebur128`` has said at its end; None where it has said nothing."""
    told = _SUMMARY.findall(said)
    if not told:
        return None
    lufs, wide, peak = (float(text) for text in told[-1])
    silent = peak == float("-inf")
    return Loudness(lufs, None if silent else peak, wide)
