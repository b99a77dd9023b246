"""Takes Zoom's webhooks: each is proved, kept on disk and answered, within the time Zoom gives.

Zoom is only told that a notice has arrived when it is on disk. Otherwise it tells it again later,
which does nothing twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cc_run import sop
from cc_run.errors import CcRunError, Refusal, SettingsFault
from cc_run.hosting.webhook.box import Box
from cc_run.hosting.webhook.keeper import Keeper
from cc_run.hosting.webhook.notice import VALIDATION, Notice, read
from cc_run.hosting.webhook.noting import Noted
from cc_run.hosting.webhook.proof import Untrusted, answer, prove
from cc_run.journal.lease import Busy
from cc_run.language import _
from cc_run.serving import serve
from cc_run.times import now
from cc_run.workspace import Workspace

_ANSWER_SECONDS: Final = 2.5
"""Zoom waits for three."""
_LARGEST_BYTES: Final = 1 << 20
_LEASE: Final = "zoom-webhook"


class Listener(Protocol):
    """Hears what happens; each is called from whichever thread has the news."""

    def listening(self, url: str) -> None:
        """It accepts connections."""

    def validated(self) -> None:
        """Zoom has asked whether the secret is known, and got its answer."""

    def noted(self, noted: Noted) -> None:
        """Something that Zoom told is in the journal, or has no place there."""

    def refused(self, reason: str) -> None:
        """A request was not taken."""

    def troubled(self, reason: str) -> None:
        """The journal takes nothing at present; notices are kept until it does."""


def receive(workspace: Workspace, listener: Listener, port: int | None = None) -> None:
    """Listens until it is told to stop.

    Args:
        workspace: The room.
        listener: Hears what happens.
        port: Instead of ``cc_zoom_webhook_port``; 0 takes a free one.

    Raises:
        SettingsFault: there is no secret, so that nothing could be proved.
        Refusal: another receiver works on the same journal, or the port is taken.
    """
    zoom = workspace.settings.zoom
    if not zoom.webhook_secret.get_secret_value():
        raise SettingsFault(
            _("Zoom's webhooks are not heard: their secret is not set."),
            _("Set cc_zoom_webhook_secret (vault) to the secret token of the Zoom app's feature."),
        )
    box = Box(workspace.state_dir / "zoom" / "webhook")
    try:
        # One receiver a journal: two would note the same thing at the same moment.
        with (
            workspace.journal.alone(_LEASE, sop.HOST),
            Keeper(workspace, box, listener.noted, listener.troubled) as keeper,
        ):
            serve(
                application(workspace, box, keeper.hurry, listener),
                host=zoom.webhook_host,
                port=zoom.webhook_port if port is None else port,
                announce=listener.listening,
                http="h11",
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                limit_concurrency=100,
            )
    except Busy as error:
        raise Refusal(
            _("Zoom's webhooks are heard already: another cc-run webhook works here."),
            _("Let it run, or end it first."),
        ) from error


def application(
    workspace: Workspace, box: Box, hurry: Callable[[], None], listener: Listener
) -> Starlette:
    """The receiver as an ASGI app; a POST to any path is heard, as a proxy may hand it on."""
    zoom = workspace.settings.zoom
    secret = zoom.webhook_secret.get_secret_value()

    async def heard(request: Request) -> Response:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                body = await _body(request)
                prove(secret, request.headers, body, now(), zoom.webhook_max_age)
                return await understood(body)
        except TimeoutError:
            listener.refused(_("it could not be kept in time; Zoom will tell it again"))
            return Response(status_code=503)
        except CcRunError as error:
            listener.refused(f"{error.message} {error.remedy}")
            return Response(status_code=503)
        except Untrusted as refusal:
            listener.refused(str(refusal))
            return Response(status_code=401)
        except (ValueError, TypeError):
            listener.refused(_("it is told otherwise than Zoom tells it"))
            return Response(status_code=400)
        except ClientDisconnect:
            return Response(status_code=400)

    async def understood(body: bytes) -> Response:
        told = json.loads(body)
        if not isinstance(told, dict):
            raise TypeError(type(told).__name__)
        if told.get("event") == VALIDATION:
            reply = answer(secret, told)
            listener.validated()
            return JSONResponse(reply)
        notice = read(told)
        if notice is not None:
            # Not awaited to its end where the disk hangs: then Zoom is told to come again.
            await asyncio.to_thread(_keep, box, notice, hurry)
        return Response(status_code=200)

    return Starlette(routes=[Route("/{path:path}", heard, methods=["POST"])])


def _keep(box: Box, notice: Notice, hurry: Callable[[], None]) -> None:
    box.put(notice)
    hurry()


async def _body(request: Request) -> bytes:
    """The body as it was sent, which is what was signed.

    Raises:
        Untrusted: it is longer than anything that Zoom tells.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _LARGEST_BYTES:
            raise Untrusted(_("it is longer than anything that Zoom tells"))
        parts.append(part)
    return b"".join(parts)
