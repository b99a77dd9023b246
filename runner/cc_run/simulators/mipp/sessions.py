"""Browsers' sessions: a cookie, a token that forms carry, who is logged in, what is shown once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from .records import Flash, Session, now
from .state import Store
from .styles import Style

LIFETIME = timedelta(minutes=120)


class Visit:
    """One request's session; ``finish`` puts it into the reply."""

    def __init__(self, store: Store, request: Request, style: Style) -> None:
        self._store, self.style = store, style
        self._id = request.cookies.get(style.cookie, "")
        known = store.state.sessions.get(self._id)
        if known is None or now() - known.used_at > LIFETIME:
            store.state.sessions.pop(self._id, None)
            self._id = secrets.token_urlsafe(30)
            known = store.state.sessions[self._id] = Session()
        self.session = known

    def begin_as(self, user: str) -> None:
        """Log in: a new cookie and a new token, so that neither can be planted beforehand."""
        del self._store.state.sessions[self._id]
        self._id = secrets.token_urlsafe(30)
        self.session = Session(user=user)
        self._store.state.sessions[self._id] = self.session

    def end(self) -> None:
        """Log out."""
        del self._store.state.sessions[self._id]
        self._id = secrets.token_urlsafe(30)
        self.session = self._store.state.sessions[self._id] = Session()

    def token_is_right(self, given: object) -> bool:
        """Whether a form or a header carried this session's token."""
        return isinstance(given, str) and secrets.compare_digest(
            given.encode(), self.session.token.encode()
        )

    def new_token(self) -> None:
        """Make every form that was opened before useless."""
        self.session.token = secrets.token_urlsafe(30)

    def take_flash(self) -> Flash | None:
        """What is to be shown, once."""
        flash, self.session.flash = self.session.flash, None
        return flash

    def redirect(self, path: str, flash: Flash | None = None) -> Response:
        """A redirect, which says nothing of success or failure."""
        self.session.flash = flash
        return RedirectResponse(path, self.style.found)

    def finish(self, reply: Response) -> Response:
        """The reply with the session's cookie; the session is on disk before it is sent."""
        self.session.used_at = now()
        self._store.save()
        reply.set_cookie(
            self.style.cookie,
            self._id,
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
        )
        return reply
