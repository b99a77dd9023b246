"""A room's settings for a process that lives for hours: Ansible, who reads them, is not kept."""

from __future__ import annotations

import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from cc_run.errors import CcRunError, SettingsFault
from cc_run.language import _
from cc_run.settings.models import Settings


def load_aside(
    inventory: Path | None = None,
    room: str | None = None,
    vault_password_file: Path | None = None,
) -> Settings:
    """As ``inventory.load``, but in a child, which takes Ansible's memory with it when it ends.

    Nothing is written anywhere: the settings, with their secrets, come through a pipe. The child
    ends by itself, even where this process is killed meanwhile.

    Raises:
        SettingsFault: as there.
    """
    context = get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    given = (writer, inventory, room, vault_password_file)
    child = context.Process(target=_tell, args=given, daemon=True)
    # A Ctrl-C goes to all at a terminal: it is for this process, which ends the child.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child.start()
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        writer.close()
        answer: Settings | CcRunError = reader.recv()
    except EOFError:
        raise SettingsFault(
            _("The inventory could not be read."), _("Look what is missing: cc-run doctor")
        ) from None
    except BaseException:
        child.kill()
        raise
    finally:
        reader.close()
        child.join()
    if isinstance(answer, CcRunError):
        raise answer
    return answer


def _tell(
    writer: Connection, inventory: Path | None, room: str | None, vault_password_file: Path | None
) -> None:
    from cc_run.settings.inventory import load

    try:
        answer: Settings | CcRunError = load(inventory, room, vault_password_file)
    except CcRunError as error:
        answer = error
    writer.send(answer)
