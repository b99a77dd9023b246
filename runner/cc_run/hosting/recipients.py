"""Who is to be told of a meeting: the agency's contact, or whom the operator names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cc_run.events import Event
from cc_run.settings import Settings
from cc_run.settings.models import AgencyContact

_NAMED: Final = re.compile(r"^(?P<name>[^<>]+?)\s*<\s*(?P<address>[^<>]+?)\s*>$")
_PHONE: Final = re.compile(r"^\+?[0-9][0-9 ().-]{7,}$")


@dataclass(frozen=True)
class Recipient:
    """A person or an office, and how they are reached as far as that is known."""

    name: str
    email: str = ""
    phone: str = ""

    @property
    def key(self) -> str:
        """By which they are known again."""
        return " ".join(self.name.casefold().split())

    @property
    def by_name(self) -> Recipient:
        """The name alone: the addresses may have been corrected since."""
        return Recipient(self.name)


def contact_of(event: Event, settings: Settings) -> Recipient | None:
    """The contact whom the event names, completed from ``cc_agencies``; None where nobody is."""
    usual = _agency(event.agency, settings)
    named = event.contact
    email, phone = named.email or usual.email, named.phone or usual.phone
    name = named.name or usual.name
    if not (name or email or phone):
        return None
    return Recipient(name or event.agency, email.strip(), phone.strip())


def named(typed: str) -> Recipient:
    """Whom an operator names: ``Siti``, ``siti@…``, ``0812…``, ``Siti <siti@…>``."""
    found = _NAMED.match(typed)
    address = found["address"] if found else typed
    name = found["name"] if found else typed
    if "@" in address:
        return Recipient(name, email=address)
    if _PHONE.match(address):
        return Recipient(name, phone=address)
    return Recipient(typed)


def _agency(name: str, settings: Settings) -> AgencyContact:
    wanted = name.casefold().split()
    known = settings.room.agencies.items()
    found = (one for agency, one in known if agency.casefold().split() == wanted)
    return next(found, AgencyContact())
