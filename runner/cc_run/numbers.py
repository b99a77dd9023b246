"""Numbers as people write them: "1.234,5" in Indonesian, "1,234.5" in English, a true minus."""

from __future__ import annotations

from typing import Final

from cc_run.language import joined, spoken

_INDONESIAN: Final = str.maketrans(",.", ".,")


def format_number(value: float, digits: int = 1) -> str:
    """A number in the language in force, with so many digits after the mark."""
    # Adding zero turns a negative zero into zero.
    written = f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")
    return written.translate(_INDONESIAN) if spoken() == "id" else written


class Number(float):
    """A number for a message: ``%s`` writes it in the language that the message is told in."""

    digits: int

    def __new__(cls, value: float, digits: int = 1) -> Number:
        """The value, and how many digits are shown after the mark."""
        made = super().__new__(cls, value)
        made.digits = digits
        return made

    def __str__(self) -> str:
        return format_number(self, self.digits)


def amount(size: int) -> str:
    """Bytes in the unit that people use: "3.4 GiB"."""
    gib, mib = size / (1 << 30), size / (1 << 20)
    return joined((Number(gib), "GiB") if gib >= 1 else (Number(mib), "MiB"), " ")
