"""Whether a recording that was started really records: file, sound and picture are seen to move."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cc_run.language import _
from cc_run.recording.observation import Observation
from cc_run.recording.picture import is_black


class Proof:
    """Collects what is proven, look by look."""

    def __init__(self, microphones: Sequence[str]) -> None:
        self._silent = dict.fromkeys(microphones, "")
        self._size: int | None = None
        self._grows = False
        self._picture: bytes | None = None
        self._moves = self._black = False
        for name in microphones:
            self._silent[name] = _("OBS has not opened the microphone %(name)s.") % {"name": name}

    def take(self, seen: Observation) -> None:
        """Takes one more look."""
        if seen.size is not None:
            self._grows |= self._size is not None and seen.size > self._size
            self._size = seen.size if self._size is None else self._size
        self._moves |= self._picture is not None and seen.picture != self._picture
        self._picture, self._black = seen.picture, is_black(seen.picture)
        for name in list(self._silent):
            words, level = {"name": name}, seen.levels.get(name)
            if name in seen.muted:
                self._silent[name] = _("The microphone %(name)s is muted in OBS.") % words
            elif level is None or level.peak is None:
                continue
            elif level.peak > -math.inf:
                del self._silent[name]
            else:
                self._silent[name] = (
                    _("The microphone %(name)s gives nothing: unplugged, or muted.") % words
                )

    def missing(self) -> list[str]:
        """What is not proven yet, a sentence each."""
        lacking = list(self._silent.values())
        if not self._grows:
            lacking.insert(0, _("The file does not grow, though OBS says that it records."))
        if self._black:
            lacking.append(_("The picture is black."))
        elif not self._moves:
            lacking.append(_("The picture does not move."))
        return lacking
