"""Microphones that are tapped: what counts as a tap, and for which one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cc_run.errors import OutsideFailure
from cc_run.room.microphones import Guide, Tap, tap_all
from cc_run.settings.models import ConferenceAudio

QUIET, TAPPED = [-50.0] * 20, [-50.0, -48.0, -20.0, -35.0]
WISH = ConferenceAudio.model_construct(microphones=2, floor_db=-60.0, tap_seconds=15.0)


class Room:
    """A room that is heard in given pieces, one each time somebody listens."""

    def __init__(self, *pieces: list[float]) -> None:
        self.pieces, self.asked, self.heard = list(pieces), [], []

    def hear(self, seconds: float) -> Iterator[float]:
        return iter(self.pieces.pop(0))

    def taps(self) -> list[Tap]:
        guide = Guide(
            ask=lambda number, again: self.asked.append((number, again)),
            hears=lambda level, left: self.heard.append((level, round(left, 2))),
        )
        return tap_all(self.hear, WISH, guide)


def test_each_microphone_is_asked_for_and_answers():
    room = Room(QUIET, TAPPED, QUIET, QUIET, TAPPED, QUIET)
    taps = room.taps()
    assert taps == [Tap(1, True, -20.0, -50.0), Tap(2, True, -20.0, -50.0)]
    assert room.asked == [(1, False), (2, False)]
    assert room.heard[:2] == [(-50.0, 14.95), (-48.0, 14.9)]
    assert room.pieces == []


def test_one_that_is_not_heard_is_named_with_what_was():
    room = Room(QUIET, QUIET, QUIET, TAPPED, QUIET, QUIET, QUIET)
    first, second = room.taps()
    assert room.asked == [(1, False), (2, False), (1, True)]
    assert (first.answered, first.level) == (False, -50.0)
    assert second.answered
    assert first.facts() == {
        "microphone": 1,
        "answered": False,
        "level_db": -50.0,
        "floor_db": -50.0,
    }


def test_one_that_kept_silent_gets_a_second_chance():
    room = Room(QUIET, QUIET, QUIET, TAPPED, QUIET, QUIET, TAPPED, QUIET)
    assert [(tap.number, tap.answered) for tap in room.taps()] == [(1, True), (2, True)]


def test_where_none_answers_nobody_is_bothered_twice():
    room = Room(QUIET, QUIET, QUIET, QUIET)
    assert [tap.answered for tap in room.taps()] == [False, False]
    assert len(room.asked) == 2


def test_a_voice_that_was_there_before_is_no_tap():
    speech = [-30.0, -22.0, -26.0] * 7
    taps = Room(speech, speech, speech, [*speech, -8.0], QUIET, speech, speech).taps()
    assert [tap.answered for tap in taps] == [False, True]


def test_zeros_are_a_quiet_room_and_its_noise_no_tap():
    zeros = [-120.0] * 20
    taps = Room(zeros, [-58.0] * 5, zeros, [-30.0], zeros, zeros, zeros).taps()
    assert [(tap.answered, tap.floor) for tap in taps] == [(False, -60.0), (True, -60.0)]


def test_the_next_is_asked_for_when_the_tapping_has_ended():
    after = [-20.0, *[-50.0] * 9, -20.0, *[-50.0] * 10, -1.0]
    heard = iter(after)
    pieces = iter([QUIET, TAPPED, heard, QUIET, TAPPED, QUIET])
    tap_all(lambda seconds: iter(next(pieces)), WISH, Guide())
    assert list(heard) == [-1.0]


def test_no_sound_at_all_is_told():
    with pytest.raises(OutsideFailure, match="No sound arrives"):
        Room([]).taps()
