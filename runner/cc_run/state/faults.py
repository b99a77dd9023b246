"""What the state engine says when it cannot do as asked."""

from __future__ import annotations

from collections.abc import Mapping

# Marks a text for the catalogue; it is translated where it is shown.
N_ = str


class StateError(Exception):
    """An item that could not be brought about.

    The package travels alone to other machines, where no catalogue is, so the error keeps its
    message and remedy untranslated with the values apart; whoever shows it translates.

    Attributes:
        item: the id of the item.
        message: English text with ``%(name)s`` placeholders.
        remedy: what the reader can do, likewise; may be empty.
        values: what the placeholders stand for; never a secret.
        changes: what `converge` had finished before this item.
    """

    def __init__(self, item: str, message: str, remedy: str = "", **values: object) -> None:
        super().__init__(item, message)
        self.item = item
        self.message = message
        self.remedy = remedy
        self.values: Mapping[str, str] = {name: str(value) for name, value in values.items()}
        self.changes: tuple[object, ...] = ()

    def __str__(self) -> str:
        texts = [text % self.values for text in (self.message, self.remedy) if text]
        return f"{self.item}: {' '.join(texts)}"
