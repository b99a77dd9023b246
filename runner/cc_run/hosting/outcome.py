"""What came of telling people: who was told and how, and whom the operator still has to tell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cc_run.errors import CcRunError
from cc_run.hosting.recipients import Recipient
from cc_run.hosting.sharing import Announcement, Told
from cc_run.hosting.whatsapp import whatsapp_link

Way = Literal["mail", "hand", "before", "open"]


@dataclass(frozen=True)
class Share:
    """How one person was told, or that the operator still has to.

    Attributes:
        recipient: Who it is.
        way: By ``mail``; by the operator's ``hand``; ``before`` this; or it is still ``open``.
        text: What they are told, for WhatsApp; it holds the passcode.
        before: When they were last told, as far as they were.
        trouble: Why the mail did not go, where one was to go.
    """

    recipient: Recipient
    way: Way
    text: str
    before: Told | None = None
    trouble: CcRunError | None = None

    @property
    def link(self) -> str:
        """Opens WhatsApp with the text; it holds the passcode."""
        return whatsapp_link(self.recipient.phone, self.text)

    def __repr__(self) -> str:
        return f"Share({self.recipient.name!r}, {self.way})"


@dataclass(frozen=True)
class Telling:
    """What was told, to whom, and the calendar file that goes with it."""

    announcement: Announcement
    shares: tuple[Share, ...]
    invitation: str
    calendar: Path

    @property
    def text(self) -> str:
        """What the operator passes on by WhatsApp; it holds the passcode."""
        return next((share.text for share in self._passed_on), self.invitation)

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Who is told by WhatsApp, and the link; without a name where the operator chooses."""
        reached = tuple(share for share in self.shares if share.recipient.phone)
        found = tuple((one.recipient.name, one.link) for one in self._passed_on or reached)
        return found or (("", whatsapp_link("", self.invitation)),)

    @property
    def _passed_on(self) -> tuple[Share, ...]:
        return tuple(share for share in self.shares if share.way in ("open", "hand"))

    @property
    def cancelled(self) -> bool:
        """Whether it is the cancellation."""
        return not self.announcement.facts

    @property
    def open(self) -> tuple[Share, ...]:
        """Those whom the operator has to tell."""
        return tuple(share for share in self.shares if share.way == "open")

    @property
    def trouble(self) -> CcRunError | None:
        """Why a mail did not go; None where none had to, or all went."""
        return next((share.trouble for share in self.shares if share.trouble), None)


@dataclass(frozen=True)
class Cancelled:
    """Whether there was a meeting to cancel in Zoom, and who was told of the cancellation."""

    existed: bool
    telling: Telling | None
