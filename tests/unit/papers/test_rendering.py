from __future__ import annotations

import re
import stat
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError

from cc_run.durable import replace_file
from cc_run.errors import OutsideFailure
from cc_run.events import Event
from cc_run.language import speaking
from cc_run.numbers import format_number
from cc_run.rendering import render
from cc_run.settings import Settings
from cc_run.times import format_period


def test_the_invitation_reads_as_people_send_it(event: Event, settings: Settings) -> None:
    text = render(
        "invitation.txt.j2",
        language="en",
        zone=settings.zone,
        event=event,
        settings=settings,
        about="invitation",
        changes="",
        bold="*",
        meeting=SimpleNamespace(
            number="823 4567 8901",
            join_url="https://zoom.example/j/82345678901?pwd=x",
            passcode="472915",
        ),
    )
    assert "*Topic*: Rapat <Inflasi> & Harga\n" in text
    assert "*Day, date*: Tuesday, 24 November 2026\n" in text
    assert "*Time*: 09:00 WIB until the end\n" in text
    assert "*Link*: https://zoom.example/j/82345678901?pwd=x\n" in text
    assert "*Meeting ID*: 823 4567 8901\n" in text
    assert "*Passcode*: 472915\n" in text
    assert "*Contact*: Ratna, 0812-3456\n" in text
    assert text.startswith("Dear Sir or Madam,\n")


def test_the_invitation_does_without_a_contact(event: Event, settings: Settings) -> None:
    from cc_run.events import Contact

    text = render(
        "invitation.txt.j2",
        language="id",
        zone=settings.zone,
        event=event.model_copy(update={"contact": Contact()}),
        settings=settings,
        about="invitation",
        changes="",
        bold="",
        meeting=SimpleNamespace(number="987 654 3210", join_url="https://z", passcode="1"),
    )
    assert "987 654 3210" in text
    assert "Selasa, 24 November 2026" in text
    assert not re.search("Contact|Narahubung|None", text)


def test_a_forgotten_value_is_an_error_and_no_gap(settings: Settings) -> None:
    with pytest.raises(UndefinedError):
        render("invitation.txt.j2", language="id", zone=settings.zone, settings=settings)


@pytest.mark.parametrize(
    ("language", "written"), [("id", "−1.234,5"), ("en", "−1,234.5")], ids=["id", "en"]
)
def test_numbers_follow_the_language(language: str, written: str) -> None:
    with speaking(language):
        assert format_number(-1234.5) == written


def test_a_period_names_its_zone_once_and_a_second_day(event: Event, settings: Settings) -> None:
    start, end = event.starts_at, event.ends_at
    with speaking("id"):
        assert format_period(start, end, settings.zone) == (
            "Selasa, 24 November 2026 pukul 09.00–11.00 WIB"
        )
        assert format_period(start, end + timedelta(hours=14), settings.zone) == (
            "Selasa, 24 November 2026 pukul 09.00 – Rabu, 25 November 2026 pukul 01.00 WIB"
        )


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "new" / "paper.txt"
    replace_file(path, b"one")
    path.chmod(0o600)
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_a_file_is_told_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutsideFailure) as caught:
        replace_file(tmp_path / "file" / "paper.txt", b"")
    assert caught.value.remedy
