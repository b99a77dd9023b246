"""What a room was found to be, kept beside its report so that the report can be written again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cc_run.durable import replace_file
from cc_run.probe import Result

Verdict = Literal["ready", "not ready"]


@dataclass(frozen=True)
class Converged:
    """How one role of the play before the check ended.

    ``held_back`` says that changes wait, because they are not allowed now; ``error`` is empty
    where nothing failed.
    """

    name: str
    ok: bool = True
    changed: int = 0
    seconds: float = 0.0
    held_back: bool = False
    error: str = ""


@dataclass(frozen=True)
class Ticked:
    """One line of the room's checklist, and what a person says of it.

    ``ok`` is None while nobody has looked; ``note`` says what is wrong.
    """

    item: str
    ok: bool | None = None
    note: str = ""
    by: str = ""
    at: datetime | None = None


class Judgement(BaseModel):
    """Everything that was found when a room was prepared, in the documents' language.

    Attributes:
        verdict: Of the probes and roles; a person's "no" in the checklist outweighs it.
        at: When the room was checked.
        results: All probes' results.
        converged: The roles of the play, in their order.
        todo: What a person must still do, in order.
    """

    # Silence is minus infinity, which plain JSON cannot say.
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    verdict: Verdict
    at: datetime
    results: tuple[Result, ...]
    converged: tuple[Converged, ...] = ()
    todo: tuple[str, ...] = ()

    def keep(self, path: Path) -> None:
        """Writes it as JSON.

        Raises:
            OutsideFailure: the file cannot be written.
        """
        replace_file(path, self.model_dump_json(indent=1).encode() + b"\n")


def kept(path: Path) -> Judgement | None:
    """What ``keep`` wrote; None where it never did, or a newer version wrote something else."""
    try:
        return Judgement.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def ready(judgement: Judgement, checklist: tuple[Ticked, ...]) -> bool:
    """Whether nothing that is required failed, and nobody has seen something that is not so."""
    return judgement.verdict == "ready" and all(line.ok is not False for line in checklist)
