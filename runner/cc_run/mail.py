"""Mail on its way out: by the office's server, by a protected way, whoever has something to say."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from cc_run.errors import OutsideFailure, SettingsFault
from cc_run.language import _
from cc_run.settings import Settings
from cc_run.settings.models import Mail
from cc_run.times import now

_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_FOR_GOOD: Final = 500  # below it, a server asks to be tried again later
_FIRST_WORDS: Final = 160


class AddressRefused(OutsideFailure):
    """The server takes mail, but not for this address."""


def new_mail(settings: Settings, to: str, subject: str, *, name: str = "") -> EmailMessage:
    """An empty mail from the office to an address, or to several with commas in between.

    Raises:
        AddressRefused: that is no address.
    """
    office = settings.room
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = _address(settings.mail.sender or "", office.office_unit or office.office)
    mail["To"] = [_address(one.strip(), name) for one in re.split("[,;]", to)]
    mail["Date"] = format_datetime(now().astimezone(office.zone))
    return mail


def post(mail: EmailMessage, server: Mail) -> None:
    """Hands a mail to the office's server; when this returns, the server has taken it.

    Raises:
        AddressRefused: it takes nothing for that address, or for one of several.
        OutsideFailure: it is not there, not trusted, or does not take the mail.
        SettingsFault: it does not let us in, or the file of the authority is no such file.
    """
    context = _trust(server)
    try:
        connection = _connected(server, context)
        try:
            _log_in(connection, server)
            _hand_over(connection, mail)
        except BaseException:
            connection.close()
            raise
    except (OSError, smtplib.SMTPException) as error:
        raise _explained(error, server) from error
    # The mail is taken: what goes wrong from here on must not have it sent again.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        connection.quit()


def _address(text: str, name: str) -> Address:
    with contextlib.suppress(MessageError, ValueError, IndexError):
        address = Address(display_name=" ".join(name.split()), addr_spec=text)
        if text.isascii():
            return address
    raise AddressRefused(
        _("%(address)s is no e-mail address.") % {"address": text or "–"},
        _("Correct it: cc-run event edit --email, or cc_agencies."),
    )


def _trust(server: Mail) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file is not None:
        try:
            context.load_verify_locations(server.ca_file)
        except OSError as error:
            raise SettingsFault(
                _("The certificate authority's file cannot be used: %(path)s")
                % {"path": server.ca_file},
                _("Name a PEM file that can be read in cc_mail_ca_file."),
            ) from error
    return context


def _connected(server: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    where = (server.host, server.port or _PORTS[server.security])
    if server.security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=server.timeout, context=context)
    connection = smtplib.SMTP(*where, timeout=server.timeout)
    try:
        if server.security == "starttls":
            connection.starttls(context=context)
    except BaseException:
        connection.close()
        raise
    return connection


def _log_in(connection: smtplib.SMTP, server: Mail) -> None:
    if not server.user:
        return
    try:
        connection.login(server.user, server.password.get_secret_value())
    except UnicodeError as error:
        raise SettingsFault(
            _("The mail server's login has letters that mail programs cannot send."),
            _("Give the account a password of plain letters, digits and signs."),
        ) from error


def _hand_over(connection: smtplib.SMTP, mail: EmailMessage) -> None:
    # Where one of several addresses is refused, the others have it already.
    if refused := connection.send_message(mail):
        raise smtplib.SMTPRecipientsRefused(refused)


def _explained(error: Exception, server: Mail) -> OutsideFailure | SettingsFault:
    """What went wrong, for an operator; a login's password is in none of these texts."""
    facts = {"host": server.host, "user": server.user}
    match error:
        case ssl.SSLCertVerificationError():
            return OutsideFailure(
                _("The mail server %(host)s is not trusted: %(reason)s.")
                % {**facts, "reason": error.verify_message},
                _(
                    "Nothing was sent to it. Where its certificate is the office's own, name the "
                    "authority's file in cc_mail_ca_file."
                ),
            )
        case ssl.SSLError() | smtplib.SMTPNotSupportedError():
            return OutsideFailure(
                _("The mail server %(host)s offers no protected way, or no login, as it is set.")
                % facts,
                _("Compare cc_mail_security, cc_mail_port and cc_mail_user with the server's."),
            )
        case smtplib.SMTPAuthenticationError():
            return SettingsFault(
                _("The mail server %(host)s refuses the login of %(user)s.") % facts,
                _("Correct cc_mail_user, and cc_mail_password in the vault."),
            )
        case smtplib.SMTPRecipientsRefused():
            [(code, words), *_others] = error.recipients.values()
            reason = _shown(code, words)
            if code >= _FOR_GOOD:
                return AddressRefused(
                    _("The mail server %(host)s takes nothing for %(address)s: %(reason)s")
                    % {**facts, "address": ", ".join(error.recipients), "reason": reason},
                    _("Correct it: cc-run event edit --email, or cc_agencies."),
                )
        case smtplib.SMTPResponseException():
            reason = _shown(error.smtp_code, error.smtp_error)
        case smtplib.SMTPServerDisconnected():
            reason = _("it broke the connection off")
        case TimeoutError():
            reason = _("it does not answer")
        case OSError():
            reason = error.strerror or type(error).__name__
        case _:
            reason = type(error).__name__
    return OutsideFailure(
        _("The mail server %(host)s did not take the mail: %(reason)s")
        % {**facts, "reason": reason},
        _("Look whether network and server are there, then run the same command again."),
    )


def _shown(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return " ".join(f"{code} {text}".split())[:_FIRST_WORDS]
