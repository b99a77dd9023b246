"""The program: its list of commands, each loaded only when it is called, and its last words."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from typing import Any, Final, NoReturn

import click

from cc_run import __version__
from cc_run.cli.interrupts import raise_always
from cc_run.cli.output import hanging, say
from cc_run.cli.words import click_asks_our_catalogue
from cc_run.errors import CcRunError, OutsideFailure, Refusal, UsageFault
from cc_run.language import N_, _

# In the procedure's order. Short helps stand here so that ``--help`` loads no command.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "event": ("cc_run.cli.event", N_("Plan events: papers, times, operator (steps 1 and 2)")),
    "recap": ("cc_run.cli.recap", N_("The schedule register as a spreadsheet (step 2)")),
    "host": ("cc_run.cli.host", N_("The Zoom meeting and its invitation (step 3)")),
    "remind": ("cc_run.cli.remind", N_("Tell the desktop what is not prepared (for timers)")),
    "webhook": ("cc_run.cli.webhook", N_("Hear what Zoom tells by itself (for a service)")),
    "prepare": ("cc_run.cli.prepare", N_("Bring the room to the standard and prove it (step 4)")),
    "check": ("cc_run.cli.check", N_("Only prove the room, in seconds")),
    "sign": ("cc_run.cli.sign", N_("Sign off what no probe can see (step 4)")),
    "slate": ("cc_run.cli.slate", N_("Show or hide the event's slate on the TV wall (step 4)")),
    "record": ("cc_run.cli.record", N_("Record the event in OBS (step 5)")),
    "minutes": ("cc_run.cli.minutes", N_("Draft the minutes (step 6)")),
    "document": ("cc_run.cli.document", N_("Attach minutes and photos (step 6)")),
    "archive": ("cc_run.cli.archive", N_("Archive and file what was recorded (step 6)")),
    "run": ("cc_run.cli.run", N_("All steps of an event, from the first one not done")),
    "status": ("cc_run.cli.status", N_("How far an event has come")),
    "report": ("cc_run.cli.report", N_("The procedure's evidence for an event")),
    "provision": ("cc_run.cli.provision", N_("Bring a bare laptop to the standard (IT)")),
    "rehearse": ("cc_run.cli.rehearse", N_("A whole event on simulated equipment")),
    "simulate": ("cc_run.cli.simulate", N_("Run one simulator: Zoom, MIPP or a TV wall")),
    "doctor": ("cc_run.cli.doctor", N_("What is missing on this machine, for each command")),
}


class Program(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the procedure's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command ``command`` of its module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading them."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, (_module, text) in COMMANDS.items()])


@click.command(
    cls=Program,
    help=_("Runs a government video-conference room: prepared, hosted, recorded, archived."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(
    __version__,
    prog_name="cc-run",
    message=_("%(prog)s, version %(version)s"),
    help=_("Show the version and exit."),
)
def cli() -> None:
    """The root of all commands."""


def main() -> NoReturn:
    """Runs the command line and ends with the documented exit code."""
    raise_always()
    click_asks_our_catalogue()
    try:
        code: Any = cli(standalone_mode=False, prog_name="cc-run")
    except CcRunError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _tell(_misused(error))
        sys.exit(UsageFault.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("Interrupted; run the same command again to go on."), err=True)
        sys.exit(130)
    except BrokenPipeError:
        _give_up_output()
        sys.exit(0)
    except OSError as error:
        _give_up_output()
        _tell(_explained(error))
        sys.exit(OutsideFailure.exit_code)
    except Exception as error:
        told = _database_trouble(error)
        if told is None:
            raise
        _tell(told)
        sys.exit(told.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _give_up_output() -> None:
    """Standard output that takes no more (a closed pipe, a full disk) is not tried at the exit."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _tell(error: CcRunError) -> None:
    say(error.message, "fail", error=True)
    if error.remedy:
        arrow = click.style("→", fg="yellow", bold=True)
        click.echo(hanging(f"  {arrow} ", error.remedy, sys.stderr), err=True)


def _misused(error: click.ClickException) -> UsageFault:
    """The library's own complaint, with the help that fits."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "cc-run"
    return UsageFault(
        error.format_message(),
        _("%(command)s --help tells what it takes.") % {"command": command},
    )


def _explained(error: OSError) -> OutsideFailure:
    place = error.filename or _("the disk")
    if error.errno == errno.ENOSPC:
        return OutsideFailure(
            _("The disk is full: %(place)s") % {"place": place},
            _("Free some space and run the same command again; nothing is lost."),
        )
    return OutsideFailure(
        _("The system refused: %(reason)s (%(place)s)")
        % {"reason": error.strerror or error, "place": place},
        _("Correct that and run the same command again."),
    )


def _database_trouble(error: Exception) -> OutsideFailure | Refusal | None:
    """A database error that came up in mid-work; the library is loaded in that case already."""
    if "sqlalchemy" not in sys.modules:
        return None
    from sqlalchemy.exc import SQLAlchemyError

    from cc_run.database.engine import explained

    return explained(error) if isinstance(error, SQLAlchemyError) else None
