"""The account's users: each host is a licensed one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .records import Switches
from .replies import ZoomError, invalid, no_such_user

BASIC, LICENSED = 1, 2


@dataclass(frozen=True)
class User:
    """A user of the account; `type` is 2 for a licensed one, 1 for a basic one."""

    email: str
    type: int = LICENSED

    @property
    def id(self) -> str:
        """22 characters, the same in each run."""
        digest = hashlib.sha256(self.email.encode()).digest()[:16]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    @property
    def personal_meeting(self) -> int:
        """The personal meeting id, 10 digits."""
        digest = hashlib.sha256(self.email.encode()).digest()
        return 2_000_000_000 + int.from_bytes(digest[:4], "big")

    @property
    def name(self) -> str:
        """A name to show."""
        return self.email.partition("@")[0]


class Directory:
    """Finds users by e-mail address or id; `switches` gives the account's present ones."""

    def __init__(
        self,
        hosts: Sequence[str],
        basic_users: Sequence[str],
        switches: Callable[[], Switches] = Switches,
    ) -> None:
        self.switches = switches
        self.users = [User(email.lower()) for email in hosts]
        self.users += [User(email.lower(), BASIC) for email in basic_users]

    def find(self, key: str) -> User:
        """A user.

        Raises:
            ZoomError: 404/1001, also for `me`: no person stands behind an account's own token;
                400/1010 for one of another account.
        """
        switches = self.switches()
        wanted = switches.me if key == "me" and switches.me else key
        for user in self.users:
            if wanted == user.id or wanted.lower() == user.email:
                if user.email in switches.foreign:
                    raise ZoomError(400, 1010, f"User does not belong to this account: {key}.")
                return user
        raise no_such_user(key)

    def check_may_host(self, user: User) -> None:
        """Refuse a user who may not hold meetings.

        Raises:
            ZoomError: 400/3161.
        """
        if user.email in self.switches().barred:
            raise ZoomError(
                400,
                3161,
                "Your user account is not allowed meeting hosting and scheduling capabilities.",
            )

    def check_alternative_hosts(self, listed: str, host: str) -> None:
        """Refuse a list that names anybody but the account's other licensed users."""
        for key in filter(None, (part.strip() for part in listed.split(";"))):
            try:
                user = self.find(key)
            except ZoomError:
                user = None
            if user is None or user.type != LICENSED or user.email == host:
                text = f"{key} cannot be an alternative host; a licensed user of the account can."
                raise invalid(("settings.alternative_hosts", text))

    def profile(self, user: User, account_id: str) -> dict[str, object]:
        """The reply to `GET /users/{userId}`."""
        return {
            "id": user.id,
            "first_name": user.name,
            "last_name": "",
            "display_name": user.name,
            "email": user.email,
            "type": user.type,
            "role_name": "Member",
            "pmi": user.personal_meeting,
            "use_pmi": False,
            "timezone": "Asia/Jakarta",
            "language": "en-US",
            "verified": 1,
            "status": "inactive" if user.email in self.switches().inactive else "active",
            "account_id": account_id,
            "dept": "",
            "created_at": "2024-01-02T03:04:05Z",
        }

    def settings(self) -> dict[str, object]:
        """The reply to `GET /users/{userId}/settings`: passcodes and capacity."""
        switches = self.switches()
        return {
            "schedule_meeting": {
                "require_password_for_scheduling_new_meetings": True,
                "meeting_password_requirement": switches.passcode.model_dump(),
            },
            "feature": {"meeting_capacity": switches.capacity},
        }
