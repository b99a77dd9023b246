"""What can go wrong in front of an operator: each error carries a remedy and an exit code."""

from __future__ import annotations

from typing import ClassVar


class CcRunError(Exception):
    """An error that is told to the operator in two sentences and never as a traceback.

    Attributes:
        message: What happened, in the operator's language.
        remedy: What to do next; empty where the message says it all.
        exit_code: The exit code of the command that ends with this error.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class Refusal(CcRunError):
    """The command ran, and the answer is no: not ready, overlapping, incomplete."""

    exit_code = 1


class UsageFault(CcRunError):
    """The command was called with something that cannot be: a date in the past, no such event."""

    exit_code = 2


class OutsideFailure(CcRunError):
    """Something outside failed (network, Zoom, OBS, a disk); a later try may succeed."""

    exit_code = 3


class SettingsFault(CcRunError):
    """The inventory is missing, incomplete or wrong."""

    exit_code = 4
