"""What the simulated account holds: meetings, one token, switches, faults."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .subscription import Subscription

GRANTED_SCOPES = (
    "meeting:write:meeting:admin",
    "meeting:read:meeting:admin",
    "meeting:read:list_meetings:admin",
    "meeting:update:meeting:admin",
    "meeting:update:status:admin",
    "meeting:delete:meeting:admin",
    "meeting:read:invitation:admin",
    "meeting:read:past_meeting:admin",
    "meeting:read:list_past_participants:admin",
    "report:read:list_meeting_participants:admin",
    "cloud_recording:read:list_recording_files:admin",
    "user:read:user:admin",
    "user:read:settings:admin",
)
"""Scopes that a well-made app for this program holds."""

SCHEDULED, INSTANT, RECURRING_ANY_TIME = 2, 1, 3


class MeetingSettings(BaseModel):
    """A meeting's settings with Zoom's defaults; what else a client sends is ignored."""

    model_config = ConfigDict(extra="ignore")

    host_video: bool = False
    participant_video: bool = False
    cn_meeting: bool = False
    in_meeting: bool = False
    join_before_host: bool = False
    jbh_time: Literal[0, 5, 10, 15] = 0
    mute_upon_entry: bool = False
    watermark: bool = False
    use_pmi: bool = False
    approval_type: Literal[0, 1, 2] = 2
    registration_type: Literal[1, 2, 3] = 1
    audio: Literal["both", "telephony", "voip", "thirdParty"] = "both"
    auto_recording: Literal["local", "cloud", "none"] = "none"
    enforce_login: bool = False
    enforce_login_domains: str = ""
    alternative_hosts: str = ""
    alternative_hosts_email_notification: bool = True
    alternative_host_update_polls: bool = False
    close_registration: bool = False
    show_share_button: bool = False
    allow_multiple_devices: bool = False
    registrants_confirmation_email: bool = True
    registrants_email_notification: bool = True
    waiting_room: bool = False
    meeting_authentication: bool = False
    encryption_type: Literal["enhanced_encryption", "e2ee"] = "enhanced_encryption"
    device_testing: bool = False
    focus_mode: bool = False
    private_meeting: bool = False
    internal_meeting: bool = False
    email_notification: bool = True
    host_save_video_order: bool = False
    disable_participant_video: bool = False
    push_change_to_calendar: bool = False
    participant_focused_meeting: bool = False
    auto_start_meeting_summary: bool = False
    auto_start_ai_companion_questions: bool = False
    contact_name: str = ""
    contact_email: str = ""
    global_dial_in_countries: list[str] = []
    meeting_invitees: list[dict[str, str | bool]] = []


class TrackingField(BaseModel):
    """One label and value of the account's own; Zoom shows it in a meeting, never in a list."""

    field: str
    value: str = ""


class Participant(BaseModel):
    """Somebody who was in a meeting, from one moment to another."""

    name: str
    user_email: str = ""
    join_time: datetime
    leave_time: datetime
    id: str = ""
    user_id: str = Field(default_factory=lambda: str(16778240 + secrets.randbelow(1 << 20)))
    status: Literal["in_meeting", "in_waiting_room"] = "in_meeting"


class RecordingFile(BaseModel):
    """A file of a run's cloud recording; its bytes lie beside the account under its id."""

    id: str
    recording_type: str
    file_type: Literal["MP4", "M4A", "CHAT", "TRANSCRIPT", "CSV", "TB", "CC", "CHAT_MESSAGE"]
    file_extension: Literal["MP4", "M4A", "TXT", "VTT", "CSV", "JSON", "JPG"]
    file_name: str
    file_size: int
    recording_start: datetime
    recording_end: datetime
    status: Literal["completed", "processing"] = "completed"


class Held(BaseModel):
    """One time that a meeting really took place."""

    uuid: str
    started_at: datetime
    ended_at: datetime
    participants: list[Participant]
    recordings: list[RecordingFile] = []


class Meeting(BaseModel):
    """One meeting as the account keeps it; links are made afresh for each reply."""

    id: int
    uuid: str
    host_email: str
    topic: str
    type: int
    start_time: datetime
    duration: int
    timezone: str
    agenda: str
    created_at: datetime
    password: str
    encrypted_password: str
    h323_password: str
    settings: MeetingSettings
    tracking_fields: list[TrackingField] = []
    started_at: datetime | None = None
    attendance: list[Participant] = []
    held: list[Held] = []
    deleted: bool = False

    @property
    def status(self) -> str:
        """`started` while it runs, else `waiting`."""
        return "started" if self.started_at else "waiting"


class Token(BaseModel):
    """The one valid access token, known by its digest alone."""

    digest: str
    scopes: list[str]
    expires_at: datetime


class PasscodeRule(BaseModel):
    """The account's `meeting_password_requirement`, by Zoom's names."""

    model_config = ConfigDict(extra="forbid")

    length: int = Field(default=0, ge=0)
    consecutive_characters_length: int = Field(default=0, ge=0)
    have_letter: bool = False
    have_number: bool = False
    have_special_character: bool = False
    have_upper_and_lower_characters: bool = False
    only_allow_numeric: bool = False
    weak_enhance_detection: bool = False


class Switches(BaseModel):
    """What a test or a rehearsal can change about the account.

    Attributes:
        daily_limit: creates and updates a host and day; None: no limit.
        per_second_limits: whether requests a second are limited.
        scopes: what the next token holds.
        scope_code: the code with which a missing scope is told, 4711 or 104.
        me: the user that `me` stands for, as with a token that a person has granted.
        foreign: users that belong to another account (1010).
        barred: users that may not host meetings (3161).
        inactive: users that are not active.
        passcode: the account's rule for passcodes.
        capacity: how many people a host's licence lets in.
        ranges: whether recordings are also handed out in part.
    """

    model_config = ConfigDict(extra="forbid")

    daily_limit: int | None = Field(default=100, ge=0)
    per_second_limits: bool = False
    scopes: list[str] = list(GRANTED_SCOPES)
    scope_code: Literal[4711, 104] = 4711
    me: str | None = None
    foreign: list[str] = []
    barred: list[str] = []
    inactive: list[str] = []
    passcode: PasscodeRule = PasscodeRule()
    capacity: int = Field(default=100, ge=1)
    ranges: bool = True


class Fault(BaseModel):
    """A rule: which requests go wrong, how, and how often.

    `delay` acts at once and holds the reply back; `drop_before` hangs up without acting;
    `drop_after` acts, then hangs up; `status` replies an error without acting; `truncate` acts
    and breaks off in mid-reply; `stall` acts and falls silent there. `times` is how often it
    strikes in all, `every` that it strikes each so many matching requests.
    """

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = "*"
    kind: Literal["delay", "drop_before", "drop_after", "status", "truncate", "stall"]
    seconds: float = Field(default=0, ge=0)
    status: int = Field(default=500, ge=400, le=599)
    code: int | None = None
    message: str = "Simulated fault."
    headers: dict[str, str] = {}
    times: int | None = Field(default=None, ge=1)
    every: int = Field(default=1, ge=1)
    matched: int = 0
    struck: int = 0


class State(BaseModel):
    """Everything that outlives the process."""

    signing_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    clock_offset_seconds: float = 0
    switches: Switches = Field(default_factory=Switches)
    faults: list[Fault] = []
    token: Token | None = None
    webhook: Subscription | None = None
    uuids_made: int = 0
    writes: dict[str, int] = {}
