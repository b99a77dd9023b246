"""A room with two archive targets and one recorded event, all in a temporary folder."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from cc_run import sop
from cc_run.archive.contents import ATTACHED
from cc_run.events import Disposition, Event, Letter, Plan
from cc_run.settings import Settings
from cc_run.settings.models import Archive, ArchiveTarget, Obs, Office
from cc_run.workspace import Workspace, open_workspace

ENDED = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    workspace: Workspace
    event: Event
    recording: Path
    targets: tuple[Path, ...]

    def bags(self) -> list[Path]:
        return [path for root in self.targets for path in sorted(root.iterdir())]

    def kinds(self) -> list[str]:
        entries = self.workspace.journal.entries(self.event.id)
        return [entry.kind for entry in entries if entry.kind.startswith("archive.")]

    def reopened(self) -> Site:
        return replace(self, workspace=open_workspace(self.workspace.settings, "Siti"))


def _settings(folder: Path, roots: dict[str, Path], copies_required: int) -> Settings:
    return Settings.model_construct(
        host="ruang-cc",
        room=Office(
            room_name="Command Center",
            office="Dinkominfo",
            office_address="Jl. Sultan Fatah",
            state_dir=folder / "state",
            coordinator="Budi",
            operators=("Siti",),
        ),
        archive=Archive(
            targets=tuple(
                ArchiveTarget(name=name, url=root.as_uri()) for name, root in roots.items()
            ),
            copies_required=copies_required,
            organization="Dinkominfo Kabupaten Demak",
            due_after_minutes=60,
            retention_days=365,
            ping_url=SecretStr(""),
        ),
        obs=Obs.model_construct(video_bitrate=4000, audio_bitrate=160),
    )


@pytest.fixture
def build_site(tmp_path: Path) -> Callable[..., Site]:
    def build(
        size: int = 3 << 20,
        *,
        roots: dict[str, Path] | None = None,
        copies_required: int = 2,
        finished: bool = True,
    ) -> Site:
        places = roots or {"server": tmp_path / "server", "disk": tmp_path / "disk"}
        if roots is None:
            for root in places.values():
                root.mkdir()
        workspace = open_workspace(_settings(tmp_path, places, copies_required), "Siti")
        event = workspace.events.add(
            Plan(
                room="ruang-cc",
                title="Rapat Koordinasi Évaluasi: SPBE & 100%",
                agency="Bappeda",
                starts_at=datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
                ends_at=ENDED,
                place="Command Center",
                letter=Letter(number="005/1", date=date(2026, 11, 20)),
                disposition=Disposition(leader="Kepala Dinas", date=date(2026, 11, 21)),
                coordinator="Budi",
                operator="Siti",
            ),
            "Asia/Jakarta",
        )
        recording = tmp_path / "Videos" / "2026-11-24 09-00-00.mkv"
        recording.parent.mkdir()
        recording.write_bytes(random.Random(7).randbytes(size + 123))
        papers = workspace.event_dir(event)
        for name in ("letters/surat.pdf", "readiness/report.html", "reports/sop.html"):
            (papers / name).parent.mkdir(exist_ok=True)
            (papers / name).write_text(name)
        (papers / ".scratch").write_text("hidden")
        (papers / "stills.part").write_text("unfinished")
        minutes = tmp_path / "notulen 100%.docx"
        minutes.write_bytes(b"notulen")
        photos = [tmp_path / "a" / "foto.jpg", tmp_path / "b" / "Foto.jpg"]
        for number, photo in enumerate(photos):
            photo.parent.mkdir()
            photo.write_bytes(bytes([number]) * 1000)
        if finished:
            with workspace.journal.step(event.id, sop.RECORD, "Siti") as step:
                step.output = {"file": str(recording), "seconds": 60.0}
        workspace.journal.append(
            ATTACHED,
            event_id=event.id,
            step=sop.DOCUMENT,
            actor="Siti",
            data={"minutes": str(minutes), "photos": [str(photo) for photo in photos]},
        )
        return Site(workspace, event, recording, tuple(places.values()))

    return build


@pytest.fixture
def site(build_site: Callable[..., Site]) -> Site:
    return build_site()
