"""A mail server on loopback with STARTTLS, a login, and a certificate of a throw-away authority."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from icalendar import Calendar
from icalendar import Event as Entry
from tests.rigs.stores import free_port

USER, PASSWORD = "vidcon", "Sandi-surel-7Kq"


@dataclass
class MailServer:
    """What it took; ``on_mail`` may misbehave when a mail has come, before it is answered."""

    port: int
    ca_file: Path
    letters: list[EmailMessage] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    on_mail: Callable[[SMTP], str | None] = lambda smtp: None

    @property
    def variables(self) -> dict[str, Any]:
        """As the inventory names it."""
        return {
            "cc_mail_host": "localhost",
            "cc_mail_port": self.port,
            "cc_mail_sender": "vidcon@dinkominfo.example.go.id",
            "cc_mail_user": USER,
            "cc_mail_password": PASSWORD,
            "cc_mail_ca_file": str(self.ca_file),
            "cc_mail_timeout": 20,
        }

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = data == LoginPassword(USER.encode(), PASSWORD.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.on_mail(server) or "250 taken"


@contextmanager
def mail_server(
    folder: Path, *, implicit_tls: bool = False, plain: bool = False
) -> Iterator[MailServer]:
    """With STARTTLS; with TLS from the first byte; or ``plain``, without either and any login."""
    authority = trustme.CA()
    ca_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    served = MailServer(free_port(), ca_file)
    how: dict[str, Any] = {"authenticator": served.authenticate, "auth_require_tls": True}
    if plain:
        how = {}
    elif implicit_tls:
        how |= {"ssl_context": context, "auth_require_tls": False}
    else:
        how |= {"tls_context": context, "require_starttls": True}
    controller = Controller(served, hostname="127.0.0.1", port=served.port, **how)
    controller.start()
    try:
        yield served
    finally:
        controller.stop()


def entry_of(mail: EmailMessage) -> tuple[str, Entry]:
    """The calendar entry in a mail, and its METHOD; the attached file has to be the same."""
    [inline] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [attached] = mail.iter_attachments()
    text = inline.get_content()
    assert attached.get_content().decode().split() == text.split()
    calendar = Calendar.from_ical(text)
    assert inline.get_param("method") == calendar["METHOD"]
    [entry] = calendar.walk("VEVENT")
    assert isinstance(entry, Entry)
    return str(calendar["METHOD"]), entry
