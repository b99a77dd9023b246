"""A message laid ready in WhatsApp: a ``wa.me`` link that opens the chat with the text in it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_INDONESIA: Final = "62"
# E.164 knows no longer numbers, and shorter ones are no mobile phones.
_LENGTHS: Final = range(9, 16)


def whatsapp_link(phone: str, text: str) -> str:
    """The link; without a number that WhatsApp can have, it lets the operator choose the chat."""
    return f"https://wa.me/{whatsapp_number(phone)}?text={quote(text.strip(), safe='')}"


def whatsapp_number(phone: str) -> str:
    """``6281234567890`` for ``0812-3456-7890``; empty where that is no mobile number.

    Of several numbers, as registers have them, the first counts. Other countries' begin with +.
    """
    first = re.split("[/,;]", phone)[0]
    digits = re.sub("[^0-9]", "", first)
    if first.strip().startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = _INDONESIA + digits[1:]
    elif digits.startswith("8"):
        number = _INDONESIA + digits
    else:
        number = digits
    # The country's code is often written before the zero that it replaces.
    number = re.sub(f"^{_INDONESIA}0", _INDONESIA, number)
    landline = number.startswith(_INDONESIA) and not number.startswith(_INDONESIA + "8")
    return number if len(number) in _LENGTHS and not landline else ""
