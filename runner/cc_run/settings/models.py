"""A room's variables as types: one section a subject, one field a variable without its prefix.

``cc_…`` variables belong to the room and the runner and have their defaults here. Those with a
role's prefix (``obs_…``, ``camera_…``) have theirs in the role's ``defaults/main.yml``, so that a
playbook without the runner and the runner itself can never disagree; here stand their types.
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

Need = Literal["required", "preferred", "optional"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        msg = f"no such time zone: {name} (Asia/Jakarta, Asia/Makassar, Asia/Jayapura, …)"
        raise ValueError(msg)
    return name


def _home(path: Path) -> Path:
    whole = path.expanduser()
    if not whole.is_absolute():
        msg = "a whole path is expected, from / or ~"
        raise ValueError(msg)
    return whole


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        msg = f"no regular expression: {error}"
        raise ValueError(msg) from error
    return text


def _address(text: str) -> str:
    if text:
        ip_interface(text)  # its own words are good enough
        if "/" not in text:
            msg = "the network's length is missing, as in 10.1.2.3/24"
            raise ValueError(msg)
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Pattern = Annotated[str, AfterValidator(_pattern)]
UserPath = Annotated[Path, BeforeValidator(lambda value: Path(str(value))), AfterValidator(_home)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Port = Annotated[int, Field(ge=1, le=65535)]
Account = Annotated[str, StringConstraints(pattern="^[a-z_][a-z0-9_-]{0,31}$")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")]
HostAndPort = Annotated[str, StringConstraints(pattern=r"^[^\s:]+:[0-9]{1,5}$")]
# Without TLS, because a portal could not answer in the place of an address with it.
PlainUrl = Annotated[str, StringConstraints(pattern=r"^(http://\S+)?$")]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Section(BaseModel):
    """Variables that share a prefix; an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    prefix: ClassVar[str]


class AgencyContact(BaseModel):
    """Whom an agency has named once and for all, for events that name nobody else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    phone: str = ""
    email: str = ""


class Office(Section):
    """The room, its office and its people (``cc_…``)."""

    prefix = "cc_"

    room_name: Words
    office: Words
    office_unit: str = ""
    office_address: str = ""
    timezone: Zone = "Asia/Jakarta"
    document_language: Literal["id", "en"] = "id"
    state_dir: UserPath
    store_url: str = ""
    recap_file: UserPath | None = None
    minutes_template: UserPath | None = None
    coordinator: Words
    operators: tuple[Words, ...] = Field(min_length=1)
    agencies: dict[str, AgencyContact] = {}
    probe_needs: dict[str, Need] = {}
    probe_timeout: float = Field(default=15.0, gt=0, le=300)
    checklist: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The room's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def database_url(self) -> str:
        """Where events and journal are kept: ``cc_store_url``, else SQLite in the state folder."""
        return self.store_url or f"sqlite:///{self.state_dir / 'cc-run.db'}"

    @property
    def recap_path(self) -> Path:
        """The office's File Rekap Jadwal Vidcon."""
        return self.recap_file or self.state_dir / "Rekap Jadwal Vidcon.xlsx"


class ZoomHost(BaseModel):
    """One Zoom account that may own meetings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str
    concurrent: int = Field(default=1, ge=1)


class Zoom(Section):
    """The Server-to-Server OAuth app and its hosts (``cc_zoom_…``)."""

    prefix = "cc_zoom_"

    token_url: str = "https://zoom.us/oauth/token"
    account_id: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    hosts: tuple[ZoomHost, ...] = ()
    gap_minutes: int = Field(default=15, ge=0)
    timeout: float = Field(default=20.0, gt=0)
    meeting: dict[str, Any] = {}
    webhook_secret: SecretStr = SecretStr("")
    webhook_host: Words = "127.0.0.1"
    webhook_port: Port = 8471
    webhook_max_age: float = Field(default=300.0, gt=0, le=7200)

    @property
    def webhook_is_local(self) -> bool:
        """Whether webhooks are only taken from this machine itself, where a proxy may stand."""
        return _is_loopback(self.webhook_host)


class Recording(Section):
    """How a recording is watched and judged (``cc_recording_…``)."""

    prefix = "cc_recording_"

    grace_minutes: int = Field(default=15, ge=0)
    start_timeout: float = Field(default=5.0, gt=0)
    silence_db: float = Field(default=-60.0, lt=0)
    duration_tolerance: float = Field(default=1.0, gt=0)
    fallback_dir: UserPath | None = None
    silent_seconds: float = Field(default=2.0, ge=1)
    quiet_seconds: float = Field(default=30.0, ge=5)
    frozen_seconds: float = Field(default=3.0, ge=2)
    lagged_percent: float = Field(default=10.0, gt=0, le=100)
    silence_finding_seconds: float = Field(default=10.0, gt=0)
    black_finding_seconds: float = Field(default=2.0, gt=0)
    freeze_finding_seconds: float = Field(default=30.0, gt=0)
    zoom_dir: UserPath | None = Field(default=Path("~/Documents/Zoom"), validate_default=True)


class Alarms(Section):
    """Where a recording's alarms go, beside terminal and journal (``cc_alarm_…``)."""

    prefix = "cc_alarm_"

    desktop: bool = True
    webhook_url: SecretStr = SecretStr("")
    mail_to: tuple[str, ...] = ()
    timeout: float = Field(default=10.0, gt=0)


MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")]


class Mail(Section):
    """The office's mail server, for invitations and alarms (``cc_mail_…``)."""

    prefix = "cc_mail_"

    host: str = ""
    port: Port | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: MailAddress | None = None
    user: str = ""
    password: SecretStr = SecretStr("")
    ca_file: UserPath | None = None
    timeout: float = Field(default=20.0, gt=0)

    @property
    def usable(self) -> bool:
        """Whether anything can be sent."""
        return bool(self.host and self.sender)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.host) != bool(self.sender):
            msg = "cc_mail_host and cc_mail_sender need each other"
            raise ValueError(msg)
        if self.security == "none" and self.host and not _is_loopback(self.host):
            msg = "cc_mail_security is none, which is for a server on this machine alone"
            raise ValueError(msg)
        return self


class ObsSource(BaseModel):
    """What the scene shows or hears: a name, OBS's input kind (``xshm_input``), its settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str
    settings: dict[str, Any] = {}


class ObsScene(BaseModel):
    """A scene beside the recorded one: its name, and what it shows and hears."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sources: tuple[ObsSource, ...]


class Obs(Section):
    """OBS Studio as the obs role writes it (``obs_…``)."""

    prefix = "obs_"

    host: str
    port: Port
    password: SecretStr
    profile: str
    collection: str
    scene: str
    config_dir: UserPath
    record_dir: UserPath
    record_format: Literal["mkv", "mp4", "fragmented_mp4", "hybrid_mp4"]
    width: int = Field(ge=64)
    height: int = Field(ge=64)
    fps: int = Field(ge=1, le=120)
    video_bitrate: int = Field(ge=100)
    audio_bitrate: int = Field(ge=32)
    encoder_preset: str
    preview: bool
    oldest_version: Version
    newest_version: Version
    trial_seconds: float = Field(ge=1, le=10)
    lagged_percent: float = Field(ge=0, le=100)
    sources: tuple[ObsSource, ...]
    scenes: tuple[ObsScene, ...]


class CameraModel(BaseModel):
    """A camera that the room accepts: USB vendor and, if given, product ids (4 hex digits).

    Where one is ``preferred``, the others will do, with a warning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vendor: str = Field(pattern="^[0-9a-f]{4}$")
    products: tuple[str, ...] = ()
    usb3: bool = False
    preferred: bool = False


class Camera(Section):
    """The room's camera (``camera_…``)."""

    prefix = "camera_"

    models: tuple[CameraModel, ...]
    width: int = Field(ge=16)
    height: int = Field(ge=16)
    fps: int = Field(ge=1)
    format: str = Field(pattern="^([A-Z0-9]{4})?$")
    frame_seconds: float = Field(gt=0, le=10)
    answer_seconds: float = Field(gt=0, le=60)
    black_level: float = Field(gt=0, lt=1)
    still_db: float = Field(lt=0)
    controls: dict[str, int]
    optional_controls: dict[str, int]
    presets: dict[str, dict[str, int]]
    preset: str

    @model_validator(mode="after")
    def _the_preset_is_one_of_them(self) -> Self:
        if self.preset and self.preset not in self.presets:
            msg = f"camera_preset is {self.preset}, but camera_presets has no such view"
            raise ValueError(msg)
        return self


class ConferenceAudio(Section):
    """The conference phone: loudspeaker and microphones (``conference_audio_…``)."""

    prefix = "conference_audio_"

    vendors: tuple[str, ...]
    sink_pattern: str
    source_pattern: str
    prefer: tuple[Pattern, ...]
    volume: int = Field(ge=0, le=100)
    microphone_volume: int = Field(ge=0, le=100)
    volume_tolerance: int = Field(ge=0, le=100)
    microphones: int = Field(ge=1, le=16)
    level_seconds: float = Field(gt=0, le=30)
    answer_seconds: float = Field(gt=0, le=60)
    floor_db: float = Field(lt=0)
    clipped_percent: float = Field(gt=0, le=100)
    tap_seconds: float = Field(gt=0, le=120)
    tone_hz: tuple[Annotated[int, Field(ge=100, le=8000)], ...] = Field(min_length=2, max_length=4)
    tone_db: float = Field(le=0)
    tone_rise_db: float = Field(gt=0)


class WiredNetwork(Section):
    """The network cable (``wired_network_…``)."""

    prefix = "wired_network_"

    interface: str
    phone_drivers: tuple[str, ...]
    wifi: Literal["fallback", "disabled"]
    speed_mbit: int = Field(ge=1)
    reach: tuple[HostAndPort, ...]
    reach_timeout: float = Field(gt=0, le=30)
    portal_url: PlainUrl
    quality_host: str
    quality_seconds: float = Field(gt=0, le=10)
    latency_ms: float = Field(gt=0)
    jitter_ms: float = Field(gt=0)
    loss_percent: float = Field(ge=0, le=100)
    bandwidth_server: str
    bandwidth_up_mbit: float = Field(gt=0)
    bandwidth_down_mbit: float = Field(gt=0)
    profile: str
    address: Annotated[str, AfterValidator(_address)]
    gateway: str
    dns: tuple[str, ...]
    metric: int = Field(ge=1)
    priority: int = Field(ge=-999, le=999)

    @model_validator(mode="after")
    def _a_gateway_belongs_to_an_address(self) -> Self:
        if self.gateway and not self.address:
            msg = "wired_network_gateway is for a fixed address: set wired_network_address too"
            raise ValueError(msg)
        return self


class WallOutput(BaseModel):
    """One of the laptop's screens: xrandr's name as a pattern, and how it should be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    output: Pattern
    mode: str = Field(default="", pattern=r"^(\d+x\d+)?$")
    position: str = Field(default="", pattern=r"^(\d+x\d+)?$")
    primary: bool = False


class TvWall(Section):
    """The video wall's panels (``tv_wall_…``)."""

    prefix = "tv_wall_"

    driver: Literal["samsung_mdc", "lg", "pjlink", "none"]
    host: str
    hosts: tuple[str, ...]
    port: int = Field(ge=0, le=65535)
    password: SecretStr
    wake: tuple[Annotated[str, Field(pattern="^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$")], ...]
    panels: tuple[Annotated[int, Field(ge=0, le=253)], ...]
    columns: int = Field(ge=1, le=15)
    rows: int = Field(ge=1, le=15)
    picture: Literal["full", "natural"]
    input: str
    timeout: float = Field(gt=0)
    power_timeout: float = Field(gt=0)
    slate: bool
    slate_output: Pattern
    arrangement: Literal["extend", "mirror"]
    outputs: tuple[WallOutput, ...]

    @model_validator(mode="after")
    def _every_place_has_a_panel(self) -> Self:
        if self.driver != "none" and len(self.panels) != self.columns * self.rows:
            msg = (
                f"tv_wall_panels names {len(self.panels)} panels, "
                f"but tv_wall_columns x tv_wall_rows is {self.columns * self.rows}"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _every_panel_can_be_addressed(self) -> Self:
        if self.hosts and len(self.hosts) != len(self.panels):
            msg = f"tv_wall_hosts has {len(self.hosts)} addresses for {len(self.panels)} panels"
            raise ValueError(msg)
        if self.driver == "pjlink" and len(self.panels) > 1 and not self.hosts:
            msg = "PJLink knows no chains: give each panel's address in tv_wall_hosts"
            raise ValueError(msg)
        if self.driver == "lg" and 0 in self.panels:
            msg = "tv_wall_panels: the id 0 addresses all sets at once, and none of them answers"
            raise ValueError(msg)
        return self


class Laptop(Section):
    """The room's laptop (``laptop_…``)."""

    prefix = "laptop_"

    packages: tuple[str, ...]
    battery_percent: int = Field(ge=0, le=100)
    disk_free_gib: float = Field(ge=0)
    memory_free_gib: float = Field(ge=0)
    temperature_celsius: float = Field(gt=0)
    time_server: str
    clock_offset_seconds: float = Field(gt=0)
    blank_screen: bool
    desktop_packages: tuple[str, ...]
    user: Account
    user_name: str = Field(pattern="^[^:,\n]*$")
    autologin: bool
    notifications: bool
    hold_updates: bool
    lid: Literal["ignore", "lock", "suspend"]
    closed_ports: tuple[Port, ...]


class ZoomClient(Section):
    """The Zoom desktop client's own settings (``zoom_client_…``)."""

    prefix = "zoom_client_"

    command: str
    deb: str
    deb_sha256: str
    oldest_version: str
    config_file: UserPath
    options: dict[str, str]


class ArchiveTarget(BaseModel):
    """A place that bags are copied to, by a name of the office's and an URL.

    ``mounted`` says that a folder lies on a mount, so that a bare mount point is not taken for
    it. ``user`` and ``password`` are an account's, or an access key and its secret;
    ``private_key`` is an OpenSSH key's text, ``host_key`` the server's public one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[A-Za-z0-9_-]+$")
    url: str
    mounted: bool = False
    user: str = ""
    password: SecretStr = SecretStr("")
    private_key: SecretStr = SecretStr("")
    host_key: str = ""
    endpoint: str = ""
    region: str = ""
    ca_file: UserPath | None = None
    mbit_limit: float = Field(default=0, ge=0)


class Archive(Section):
    """Bags and their targets (``archive_…``)."""

    prefix = "archive_"

    targets: tuple[ArchiveTarget, ...]
    copies_required: int = Field(ge=1)
    organization: str
    due_after_minutes: int = Field(ge=0)
    retention_days: int = Field(ge=0)
    ping_url: SecretStr


MippDocument = Literal["minutes", "photos", "attendance", "recording"]


class MippForm(BaseModel):
    """One form of the web application: where it is, what is filled in, how success looks.

    ``fields`` are Jinja2 templates by the form's own names; ``success`` is a pattern that is
    looked for in the page that follows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: str
    fields: dict[str, str] = {}
    files: dict[str, MippDocument] = {}
    success: Pattern = ""


class MippApi(BaseModel):
    """The web application's interface for programs: its addresses, and places in its answers.

    A place is a dotted path into the JSON, such as ``links.next``. Without ``login``, the token is
    ``mipp_token``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: str = ""
    token: str = "token"
    entry: str = "/api/kegiatan"
    listing: str = "/api/kegiatan"
    rows: str = "data"
    next: str = "links.next"
    number: str = "id"
    address: str = ""
    message: str = "message"
    errors: str = "errors"


class Mipp(Section):
    """The office's web application for activities (``mipp_…``).

    An entry is recognised in the listing by a row (``listing_row``, a selector) that holds every
    text of ``listing_marks`` (Jinja2 templates): the fields have to carry these.
    """

    prefix = "mipp_"

    mode: Literal["form", "bearer", "drop", "manual"]
    url: str
    username: str
    password: SecretStr
    token: SecretStr
    token_selector: str
    expired: Pattern
    login: MippForm
    entry: MippForm
    api: MippApi
    drop: ArchiveTarget | None
    listing: str
    listing_row: str
    listing_marks: tuple[str, ...] = Field(min_length=1)
    message_selector: str
    photo_limit_kib: int = Field(ge=1)
    post_limit_kib: int = Field(ge=1)
    upload_recording: bool
    timeout: float = Field(gt=0)

    @field_validator("drop", mode="before")
    @classmethod
    def _no_drop(cls, value: Any) -> Any:
        return value or None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.mode == "drop" and self.drop is None:
            msg = "mipp_mode is drop, so mipp_drop has to say where"
            raise ValueError(msg)
        if not self.upload_recording and "recording" in self.entry.files.values():
            msg = "mipp_entry names the recording, so mipp_upload_recording has to be true"
            raise ValueError(msg)
        return self


class Schedule(Section):
    """When and as whom the timers run (``schedule_…``; systemd's and cron's own expressions)."""

    prefix = "schedule_"

    archive_calendar: str
    archive_cron: str
    verify_calendar: str
    verify_cron: str
    verify_sample: int = Field(ge=1)
    remind_calendar: str
    remind_cron: str
    remind_minutes: int = Field(ge=1)
    webhook: bool
    user: str


class CcRun(Section):
    """Where the runner itself is installed in a room (``cc_run_…``)."""

    prefix = "cc_run_"

    package: str
    venv: UserPath
    vault_password_file: str


class Settings(BaseModel):
    """Everything that a room's inventory says, typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    inventory: Path | None = None
    vault_password_file: Path | None = None
    room: Office
    zoom: Zoom
    mail: Mail
    recording: Recording
    alarms: Alarms
    obs: Obs
    camera: Camera
    conference_audio: ConferenceAudio
    wired_network: WiredNetwork
    tv_wall: TvWall
    laptop: Laptop
    zoom_client: ZoomClient
    archive: Archive
    mipp: Mipp
    schedule: Schedule
    cc_run: CcRun

    @property
    def zone(self) -> str:
        """The room's zone by name, as the formatters of ``cc_run.times`` want it."""
        return self.room.timezone


@cache
def sections() -> dict[str, type[Section]]:
    """The sections by their field's name, the longest prefix first: the first match is right."""
    found = {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }
    return dict(sorted(found.items(), key=lambda item: -len(item[1].prefix)))
