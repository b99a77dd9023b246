"""What is made from a finished recording, beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run.events import Event
from cc_run.recording.media import Media, stills
from cc_run.workspace import Workspace

_STILLS: Final = 4


@dataclass(frozen=True)
class Products:
    """The pictures that may become Foto Kegiatan."""

    stills: tuple[Path, ...]

    def as_output(self) -> dict[str, Any]:
        """For the journal and for ``--json``."""
        return {"stills": [str(picture) for picture in self.stills]}


def make_products(workspace: Workspace, event: Event, media: Media) -> Products:
    """Makes them; the recording itself is not touched."""
    folder = workspace.event_dir(event) / "stills"
    return Products(tuple(stills(media.file, folder, count=_STILLS, seconds=media.seconds)))
