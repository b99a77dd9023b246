"""Step 4: the room is converged, probed, judged; the readiness report says what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cc_run import sop
from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.events import Event
from cc_run.hosting.outcome import Telling
from cc_run.language import _, joined, retold
from cc_run.probe import Result, Status
from cc_run.readiness import Readiness, about, check
from cc_run.recording.control import may_be_recording
from cc_run.recording.launch import ensure_obs
from cc_run.reports.judgement import Converged, Judgement
from cc_run.room.converge import Convergence, converge
from cc_run.room.role_lines import RoleLine
from cc_run.room.slate import show_slate
from cc_run.sequence.checklist import checklist, open_lines, readiness_dir, report
from cc_run.settings import Settings
from cc_run.times import now
from cc_run.workspace import Workspace

JUDGED: Final = "readiness.judged"
# Devices' roles and the topics of their probes, which know best what a person can do.
_DEVICES: Final = {
    "camera": "camera",
    "conference_audio": "sound",
    "tv_wall": "wall",
    "wired_network": "network",
}


@dataclass(frozen=True)
class Watcher:
    """Who is told while the room is prepared."""

    on_role: Callable[[RoleLine, bool], None] = lambda line, done: None
    on_result: Callable[[Result], None] = lambda result: None
    on_phase: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class Prepared:
    """The room as it was found after converging, and what a person must still do, in order."""

    event: Event
    convergence: Convergence
    readiness: Readiness
    todo: tuple[str, ...]
    report: Path
    refused: bool = False  # a person has seen something that is not so

    @property
    def ready(self) -> bool:
        """Whether every role converged, nothing required failed, and nobody said no."""
        return self.convergence.ok and self.readiness.ready and not self.refused

    @property
    def verdict(self) -> str:
        """``ready`` or ``not ready``."""
        return "ready" if self.ready else "not ready"


class NotReady(Refusal):
    """The room is not ready; ``prepared`` says why."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(
            _("The room is not ready."),
            _("Do what the report lists, then prepare again: %(report)s")
            % {"report": prepared.report},
        )
        self.prepared = prepared


def prepare(workspace: Workspace, event: Event, watcher: Watcher) -> Prepared:
    """Brings the room to the standard and proves it.

    Raises:
        NotReady: something that is required is not so.
    """
    settings = workspace.settings
    with workspace.journal.step(event.id, sop.PREPARE, workspace.actor) as step:
        live = may_be_recording(workspace)
        watcher.on_phase(_("Converging the room"))
        convergence = converge(settings, "pre_session", hold_back=live, on_role=watcher.on_role)
        troubles = {} if live else _start_what_is_needed(workspace, event)
        watcher.on_phase(_("Proving the room"))
        folder = readiness_dir(workspace, event)
        readiness = check(settings, event, folder / "evidence", on_result=watcher.on_result)
        todo = _todo(convergence, readiness, troubles)
        judgement = _judgement(settings, convergence, readiness, todo)
        judgement.keep(folder / "readiness.json")
        lines = checklist(workspace, event)
        prepared = Prepared(
            event,
            convergence,
            readiness,
            (*todo, *open_lines(event, lines)),
            report(workspace, event, judgement),
            refused=any(line.ok is False for line in lines),
        )
        step.output = _output(prepared)
        step.note(JUDGED, step.output)
        if not prepared.ready:
            raise NotReady(prepared)
    return prepared


def _start_what_is_needed(workspace: Workspace, event: Event) -> dict[str, CcRunError]:
    """OBS open, the slate shown, the meeting at the schedule; what went wrong, by its probe."""
    troubles: dict[str, CcRunError] = {}
    try:
        ensure_obs(workspace.settings.obs, workspace.state_dir / "logs" / "obs.log")
    except (OutsideFailure, Refusal, SettingsFault) as error:
        troubles["obs.answers"] = error
    if workspace.settings.tv_wall.slate:
        try:
            show_slate(workspace.settings, event)
        except OutsideFailure as error:
            troubles["wall.slate"] = error
    # Late, because it takes its time, and the room's playbook need not wait for it.
    from cc_run.hosting.schedule import current_meeting
    from cc_run.sequence.meeting import host

    if current_meeting(workspace, event) is not None:
        try:
            telling = host(workspace, event).telling
        except CcRunError as error:
            troubles["zoom.meeting"] = error
        else:
            if telling is not None and telling.open:
                troubles["event.shared"] = _untold(event, telling)
    return troubles


def _untold(event: Event, telling: Telling) -> Refusal:
    """The report is handed round, so it names the command and not the invitation itself."""
    names = ", ".join(share.recipient.name for share in telling.open)
    told = _("Not told of the change yet: %(names)s.") % {"names": names}
    reason = () if telling.trouble is None else (telling.trouble.message,)
    return Refusal(
        joined((told, *reason), " "),
        _("Tell them, and note it: cc-run host share --event %(event)s --to NAME")
        % {"event": event.id},
    )


def _todo(
    convergence: Convergence,
    readiness: Readiness,
    troubles: Mapping[str, CcRunError],
) -> tuple[str, ...]:
    failing = {result.id.partition(".")[0] for result in readiness.of(Status.FAIL)}
    todo: list[str] = [
        _("%(role)s: %(error)s") % {"role": role.title, "error": role.error}
        for role in convergence.roles
        if not role.ok and _DEVICES.get(role.name) not in failing
    ]
    todo += [
        about(probe, joined(filter(None, (error.message, error.remedy)), " "))
        for probe, error in troubles.items()
    ]
    todo += readiness.remedies(besides=[*troubles, *(error.remedy for error in troubles.values())])
    waiting = [role for role in convergence.roles if role.held_back]
    if waiting:
        todo.append(
            _(
                "A recording is running, so nothing that could interrupt it was changed; "
                "prepare again afterwards."
            )
        )
    todo += [
        _("Held back: %(role)s: %(tasks)s")
        % {"role": role.title, "tasks": joined(map(_, role.waits), "; ")}
        for role in waiting
    ]
    return tuple(dict.fromkeys(todo))


def _judgement(
    settings: Settings, convergence: Convergence, readiness: Readiness, todo: tuple[str, ...]
) -> Judgement:
    """What was found, in the language of the documents."""
    language = settings.room.document_language
    return Judgement(
        verdict="ready" if convergence.ok and readiness.ready else "not ready",
        at=now(),
        results=tuple(result.told_in(language) for result in readiness.results),
        converged=tuple(_converged(role.told_in(language)) for role in convergence.roles),
        todo=tuple(retold(text, language) for text in todo),
    )


def _converged(role: RoleLine) -> Converged:
    return Converged(role.name, role.ok, role.changed, role.seconds, role.held_back, role.error)


def _output(prepared: Prepared) -> dict[str, Any]:
    readiness = prepared.readiness
    return {
        "verdict": prepared.verdict,
        "report": str(prepared.report),
        "passed": len(readiness.of(Status.PASS)),
        "warned": len(readiness.of(Status.WARN)),
        "failed": len(readiness.of(Status.FAIL)),
        "skipped": len(readiness.of(Status.SKIP)),
        "changed": prepared.convergence.changed,
    }
