"""One connection to a chain of Samsung panels (MDC over TCP), with errors to act on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cc_run.errors import CcRunError, OutsideFailure, Refusal, SettingsFault
from cc_run.language import N_, _
from cc_run.settings.models import TvWall

if TYPE_CHECKING:
    from samsung_mdc import MDC

# The library's names of the commands that are used here, as people call them.
COMMANDS: Final = {
    "power": N_("power"),
    "input_source": N_("input"),
    "error_status": N_("error status"),
    "video_wall_state": N_("video wall"),
    "video_wall_model": N_("place in the wall"),
    "video_wall_mode": N_("picture"),
}


class _WholeReads:
    """A stream whose ``read`` waits for all the bytes it is asked for.

    The library takes whatever a single read returns for the whole frame, and fails when a panel's
    answer arrives in pieces.
    """

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream

    @property
    def _buffer(self) -> bytes:
        # The library shows what is left of a broken frame.
        return bytes(getattr(self._stream, "_buffer", b""))

    async def read(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        return await self._stream.readexactly(count)


class Chain:
    """The panels behind one address; ``async with`` connects, raising when nobody is there."""

    def __init__(self, tv_wall: TvWall) -> None:
        self._tv_wall = tv_wall
        self._mdc: MDC | None = None

    async def __aenter__(self) -> Chain:
        await self._connected()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._drop()

    async def ask(self, panel: int, command: str, data: Sequence[object] = ()) -> tuple[Any, ...]:
        """A panel's answer to a command, as the library parses it.

        Args:
            panel: Its id.
            command: One of ``COMMANDS``.
            data: What to set; nothing reads.

        Raises:
            OutsideFailure: silence, a closed connection, an answer that is none.
            Refusal: the panel says no.
            SettingsFault: the panel wants an encrypted connection.
        """
        mdc = await self._connected()
        try:
            call = getattr(mdc, command)
            return tuple(await (call(panel, data) if data else call(panel)))
        except Exception as error:
            explained = self._explained(error, panel, command)
            if explained is None:
                raise
            if not isinstance(explained, Refusal):
                # A late answer would be taken for the next question's.
                await self._drop()
            raise explained from error

    async def _connected(self) -> MDC:
        if self._mdc is not None:
            return self._mdc
        from samsung_mdc import MDC
        from samsung_mdc.exceptions import MDCTimeoutError

        place = {"host": self._tv_wall.host, "port": self._tv_wall.port}
        mdc = MDC((self._tv_wall.host, self._tv_wall.port), timeout=self._tv_wall.timeout)
        check = _("Check that the TV wall has power and network, and tv_wall_host.")
        try:
            await mdc.open()
        except MDCTimeoutError as error:
            raise OutsideFailure(
                _("The TV wall at %(host)s:%(port)d does not answer.") % place, check
            ) from error
        except ConnectionRefusedError as error:
            raise OutsideFailure(
                _("The TV wall at %(host)s:%(port)d refuses the connection.") % place,
                _("Switch network control (MDC) on in the panel's menu, and check tv_wall_port."),
            ) from error
        except OSError as error:
            reason = {"reason": error.strerror or error}
            raise OutsideFailure(
                _("The TV wall at %(host)s:%(port)d cannot be reached: %(reason)s")
                % {**place, **reason},
                check,
            ) from error
        mdc.reader = _WholeReads(mdc.reader)
        self._mdc = mdc
        return mdc

    async def _drop(self) -> None:
        from samsung_mdc.exceptions import MDCError

        mdc, self._mdc = self._mdc, None
        if mdc is not None and mdc.is_opened:
            with contextlib.suppress(OSError, MDCError):
                await mdc.close()

    def _explained(self, error: Exception, panel: int, command: str) -> CcRunError | None:
        """The error as one of ours; None for one that is a mistake of the program."""
        from samsung_mdc.exceptions import (
            MDCResponseError,
            MDCTimeoutError,
            MDCTLSRequired,
            NAKError,
        )

        what = {"panel": panel, "what": _(COMMANDS[command])}
        if isinstance(error, NAKError):
            return Refusal(
                _("Panel %(panel)d refuses: %(what)s (code %(code)d).")
                % {**what, "code": error.error_code},
                _("Unlock the panel's remote control and menu, or set it by hand."),
            )
        if isinstance(error, MDCTimeoutError):
            return OutsideFailure(
                _("Panel %(panel)d does not answer within %(seconds).0f s.")
                % {**what, "seconds": self._tv_wall.timeout},
                _("Check the panel's power, its cable in the chain, and its id in tv_wall_panels."),
            )
        if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
            return OutsideFailure(
                _("Panel %(panel)d closed the connection in mid-answer.") % what,
                _("Close other programs that control the wall, then try again."),
            )
        if isinstance(error, MDCTLSRequired):
            return SettingsFault(
                _("Panel %(panel)d wants an encrypted connection, which is not supported.") % what,
                _("Switch 'Secured protocol' off in the panel's network menu."),
            )
        if isinstance(error, MDCResponseError):
            return OutsideFailure(
                _("Panel %(panel)d gives an answer that is not understood: %(what)s.") % what,
                _("Try again; if it stays so, send the panel's model and firmware to IT."),
            )
        return None
