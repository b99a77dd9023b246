"""A mail on its way to a real server: protected, trusted, and taken once; or why not."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tests.rigs.mail_server import PASSWORD, MailServer, mail_server

from cc_run.errors import CcRunError
from cc_run.mail import AddressRefused, new_mail, post
from cc_run.settings import Settings
from cc_run.settings.models import Mail

SITI = "siti@example.go.id"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail")) as server:
        yield server


@pytest.fixture
def server(running: MailServer) -> Iterator[MailServer]:
    yield running
    running.letters.clear()
    running.unknown.clear()
    running.on_mail = lambda smtp: None


def reached(server: MailServer, **changed: Any) -> Mail:
    facts = {**server.variables, **{f"cc_mail_{name}": value for name, value in changed.items()}}
    return Mail(**{name.removeprefix("cc_mail_"): value for name, value in facts.items()})


@pytest.fixture
def letter(settings: Settings, server: MailServer) -> EmailMessage:
    mail = new_mail(
        settings.model_copy(update={"mail": reached(server)}),
        SITI,
        "Undangan:\n rapat",
        name="Siti",
    )
    mail.set_content("Yth. Bapak/Ibu")
    return mail


def test_it_goes_with_the_offices_name_under_starttls_and_a_login(
    server: MailServer, letter: EmailMessage
) -> None:
    post(letter, reached(server))
    [taken] = server.letters
    assert taken["Subject"] == "Undangan: rapat"
    assert taken["From"] == "Bidang Sistem dan Program Aplikasi <vidcon@dinkominfo.example.go.id>"
    assert taken["To"] == f"Siti <{SITI}>"
    assert server.logins[-1] is True


def drops(server: MailServer) -> None:
    server.on_mail = lambda smtp: smtp.transport.abort()


def full(server: MailServer) -> None:
    server.on_mail = lambda smtp: "452 4.3.1 disk full"


def knows_nobody(server: MailServer) -> None:
    server.unknown.add(SITI)


def as_ever(server: MailServer) -> None:
    """Nothing is wrong with it."""


@pytest.mark.parametrize(
    ("spoil", "changed", "code", "words"),
    [
        (as_ever, {"port": 9}, 3, "did not take the mail: Connection refused"),
        (as_ever, {"password": "bukan-ini-8Zr"}, 4, "refuses the login of vidcon"),
        (as_ever, {"password": "kata-sandi-é"}, 4, "letters that mail programs cannot send"),
        (as_ever, {"ca_file": None}, 3, "is not trusted: unable to get local issuer"),
        (as_ever, {"host": "127.0.0.1"}, 3, "is not trusted: IP address mismatch"),
        (as_ever, {"ca_file": "/dev/null"}, 4, "authority's file cannot be used"),
        (as_ever, {"ca_file": "/nowhere.pem"}, 4, "authority's file cannot be used"),
        (as_ever, {"security": "tls"}, 3, "offers no protected way"),
        (as_ever, {"security": "none"}, 3, "did not take the mail: 530"),
        (drops, {}, 3, "it broke the connection off"),
        (full, {}, 3, "452 4.3.1 disk full"),
        (knows_nobody, {}, 3, f"takes nothing for {SITI}: 550 5.1.1 no such person"),
    ],
)
def test_what_does_not_go_says_why_and_what_to_do(
    server: MailServer,
    letter: EmailMessage,
    spoil: Callable[[MailServer], None],
    changed: dict[str, Any],
    code: int,
    words: str,
) -> None:
    spoil(server)
    way = reached(server, user="") if changed.get("security") == "none" else reached(server)
    values = {**way.model_dump(), **changed}
    values["password"] = SecretStr(changed.get("password", PASSWORD))
    with pytest.raises(CcRunError) as told:
        post(letter, Mail(**values))
    assert words in told.value.message
    assert told.value.remedy
    assert told.value.exit_code == code
    assert PASSWORD not in str(told.value)
    assert "8Zr" not in str(told.value)
    assert isinstance(told.value, AddressRefused) is (spoil is knows_nobody)


def test_of_two_addresses_the_good_one_gets_it_and_the_other_is_told(
    settings: Settings, server: MailServer
) -> None:
    office = settings.model_copy(update={"mail": reached(server)})
    mail = new_mail(office, f"{SITI}; lama@example.go.id", "Undangan")
    mail.set_content("Yth. Bapak/Ibu")
    server.unknown.add("lama@example.go.id")
    with pytest.raises(AddressRefused, match=r"takes nothing for lama@example\.go\.id: 550"):
        post(mail, office.mail)
    assert len(server.letters) == 1


def test_a_server_that_says_nothing_is_given_up(letter: EmailMessage, server: MailServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = reached(server, port=silent.getsockname()[1], timeout=0.2)
        with pytest.raises(CcRunError, match="did not take the mail"):
            post(letter, way)


def test_no_password_goes_to_a_server_without_starttls(
    letter: EmailMessage, tmp_path: Path
) -> None:
    with mail_server(tmp_path, plain=True) as server:
        with pytest.raises(CcRunError, match="offers no protected way"):
            post(letter, reached(server))
        assert (server.logins, server.letters) == ([], [])
        post(letter, reached(server, security="none", user=""))
        assert len(server.letters) == 1


def test_tls_from_the_first_byte(letter: EmailMessage, tmp_path: Path) -> None:
    with mail_server(tmp_path, implicit_tls=True) as server:
        post(letter, reached(server, security="tls"))
        assert (len(server.letters), server.logins) == (1, [True])


@pytest.mark.parametrize(
    "address", ["", "siti", "siti@", "siti rahma@example.go.id", "é@example.id"]
)
def test_what_is_no_address_is_told_before_anything_is_sent(
    settings: Settings, server: MailServer, address: str
) -> None:
    office = settings.model_copy(update={"mail": reached(server)})
    with pytest.raises(AddressRefused, match="is no e-mail address"):
        new_mail(office, address, "Undangan")
