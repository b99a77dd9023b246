"""Tells what happens to a recording: on the terminal, in the journal, and out of the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cc_run.events import Event
from cc_run.progress import Report, unheard
from cc_run.recording.alarms import Alarm, AlarmBook, Cleared
from cc_run.recording.notes import Notes
from cc_run.recording.notices import Notices
from cc_run.recording.observation import Sample
from cc_run.recording.stamp import ticking
from cc_run.sentences import kept
from cc_run.settings import Settings

ALARM: Final = "recording.alarm"
CLEARED: Final = "recording.alarm_cleared"


@dataclass(frozen=True)
class Observer:
    """Who is told while an event is recorded."""

    on_sample: Callable[[Sample], None] = lambda sample: None
    on_news: Callable[[Alarm | Cleared], None] = lambda news: None
    on_told: Callable[[str, str], None] = lambda text, mark: None
    on_work: Report = unheard


class Herald:
    """Every alarm once, and its end; ``notices`` has to be entered for what leaves the room."""

    def __init__(self, settings: Settings, event: Event, notes: Notes, observer: Observer) -> None:
        self._notes, self._observer = notes, observer
        self._book = AlarmBook()
        self.notices = Notices(settings, event, lambda text: observer.on_told(text, "warn"))

    @property
    def standing(self) -> tuple[str, ...]:
        """The sentences of the alarms that are on."""
        return tuple(alarm.sentence for alarm in self._book.standing)

    def alarm(self, wrong: Mapping[str, str]) -> None:
        """Takes all that is wrong at this moment, by a key each."""
        for news in self._book.update(wrong, ticking()):
            self._send(news)

    def over(self, *keys: str) -> None:
        """These alarms are over at once; without any, all are."""
        for news in self._book.clear(ticking(), keys or None):
            self._send(news)

    def say(self, text: str, mark: str) -> None:
        """Something that is no alarm."""
        self._observer.on_told(text, mark)

    def show(self, sample: Sample) -> None:
        """What is seen now."""
        self._observer.on_sample(sample)

    def _send(self, news: Alarm | Cleared) -> None:
        if isinstance(news, Alarm):
            self._notes.note(ALARM, {"key": news.key, "sentence": kept(news.sentence)})
        else:
            lasted = {"key": news.alarm.key, "seconds": round(news.seconds, 1)}
            self._notes.note(CLEARED, lasted)
        self.notices.tell(news)
        self._observer.on_news(news)
