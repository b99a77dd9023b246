"""Whom to tell, by which number, and what has changed since."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from cc_run.events import Contact
from cc_run.hosting.recipients import Recipient, contact_of, named
from cc_run.hosting.seal import differs, sealed
from cc_run.hosting.sharing import changed_facts
from cc_run.hosting.whatsapp import whatsapp_link, whatsapp_number
from cc_run.settings.models import AgencyContact


@pytest.mark.parametrize(
    ("phone", "number"),
    [
        ("0812-3456-7890", "6281234567890"),
        ("0812 3456 7890 / 0813 9999 0000", "6281234567890"),
        ("+62 812 3456 7890", "6281234567890"),
        ("62812 3456 7890", "6281234567890"),
        ("+62 (0)812-3456-7890", "6281234567890"),
        ("0062 812 3456 7890", "6281234567890"),
        ("812 3456 7890", "6281234567890"),
        ("+65 8123 45678", "65812345678"),
        ("(0291) 685 123", ""),  # a landline, which WhatsApp does not reach
        ("021-1234567", ""),
        ("0812", ""),
        ("ext. 12", ""),
        ("", ""),
    ],
)
def test_a_phone_becomes_whatsapps_number_or_none(phone: str, number: str) -> None:
    assert whatsapp_number(phone) == number


def test_a_link_carries_the_whole_text() -> None:
    text = "*Topik*: Rapat <Inflasi> & Harga 100% #1?\n*Kode Sandi*: a@b_c\n"
    link = whatsapp_link("0812-3456-7890", text)
    address, _mark, query = link.partition("?")
    assert address == "https://wa.me/6281234567890"
    assert unquote(query.removeprefix("text=")) == text.strip()
    assert query.isascii()
    assert not set("&#+ \n<>") & set(query.removeprefix("text="))
    assert whatsapp_link("", "x") == "https://wa.me/?text=x"


@pytest.mark.parametrize(
    ("typed", "recipient"),
    [
        ("Siti Rahmawati", Recipient("Siti Rahmawati")),
        ("siti@bappeda.example", Recipient("siti@bappeda.example", email="siti@bappeda.example")),
        ("Siti <siti@bappeda.example>", Recipient("Siti", email="siti@bappeda.example")),
        ("Siti <0812-3456-7890>", Recipient("Siti", phone="0812-3456-7890")),
        ("0812-3456-7890", Recipient("0812-3456-7890", phone="0812-3456-7890")),
        ("Bidang 3 <lantai 2>", Recipient("Bidang 3 <lantai 2>")),
    ],
)
def test_whom_an_operator_names(typed: str, recipient: Recipient) -> None:
    assert named(typed) == recipient
    assert Recipient(" SITI  rahmawati").key == Recipient("Siti Rahmawati").key


def test_the_settings_complete_what_the_event_lacks(settings, event) -> None:
    usual = AgencyContact(name="Sekretariat", phone="0811 2222 3333", email="set@example.go.id")
    office = settings.room.model_copy(update={"agencies": {" bagian  PEREKONOMIAN": usual}})
    known = settings.model_copy(update={"room": office})
    assert contact_of(event, known) == Recipient("Ratna", "ratna@example.go.id", "0812-3456")
    nobody = event.model_copy(update={"contact": Contact()})
    assert contact_of(nobody, known) == Recipient(
        "Sekretariat", "set@example.go.id", "0811 2222 3333"
    )
    assert contact_of(nobody, settings) is None
    phone = event.model_copy(update={"contact": Contact(phone="0812 1111 2222")})
    assert contact_of(phone, settings) == Recipient(event.agency, phone="0812 1111 2222")


def test_a_seal_tells_another_passcode_and_nothing_else(tmp_path: Path) -> None:
    first = sealed(tmp_path / "a", "Kata-42")
    assert first == sealed(tmp_path / "a", "Kata-42")
    assert "Kata-42" not in first
    assert differs(first, sealed(tmp_path / "a", "Kata-43"))
    # Under another key nothing can be said, so nobody is told of a change that is none.
    assert not differs(first, sealed(tmp_path / "b", "Kata-43"))


def test_only_what_both_know_can_have_changed() -> None:
    before = {"title": "Rapat", "seal": "k1:aa"}
    assert changed_facts(before, {"title": "Rapat", "place": "Lantai 2", "seal": "k2:bb"}) == ()
    assert changed_facts(before, {"title": "Lain", "seal": "k1:bb"}) == ("title", "seal")
    assert changed_facts({}, {"title": "Rapat"}) == ()
