"""A Python program in a virtual environment of its own, with the releases that it was locked to."""

from __future__ import annotations

import base64
import csv
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .digests import sha256_of
from .disk import Disk
from .faults import N_, StateError
from .fields import Fields
from .files import Access, plan_file
from .step import Step

SECONDS = 1800.0
NOTE = "cc-run-installed.json"


@dataclass(frozen=True)
class Environment:
    """``environment: PATH`` holds this ``package`` and the releases that its wheel was locked to.

    The wheel is judged by its content, because a version number may stay while the content
    changes. What pip had put on the disk is noted inside, so that a damaged or removed file shows;
    packages that others added are left alone.

    Attributes:
        package: a wheel's path, or what pip calls it, with or without a version.
        lock: the path, inside of the wheel, of its list of releases and their hashes.
        python: the interpreter that the environment is made with.
    """

    id: str
    secret: bool
    path: Path
    package: str
    lock: str
    python: Path

    @classmethod
    def from_fields(cls, fields: Fields) -> Environment:
        """Keys: environment, package, lock, python (/usr/bin/python3)."""
        package = fields.text("package")
        if package.startswith("-"):
            raise fields.wrong("package", "a wheel's path or a package's name")
        python = Path(fields.optional_text("python") or "/usr/bin/python3")
        return cls(
            fields.id,
            fields.secret,
            fields.path("environment"),
            package,
            fields.text("lock"),
            python,
        )

    def plan(self, disk: Disk, /) -> Step:
        """Compares the note with the wish, and the files with the note."""
        noted = self._noted(disk)
        if not noted:
            return Step("", f"{self.package}\n", act=self._install)
        if noted["package"] != self._wished():
            after = f"{self.package}, as it is now\n"
            return Step(f"{self.package}, other content\n", after, act=self._install)
        damaged = sorted(set(self._damaged(noted["distributions"])))
        if damaged:
            lines = "".join(f"{name}\n" for name in damaged)
            return Step(f"not as it was installed:\n{lines}", "repaired\n", act=self._repair)
        return Step("", "")

    def _noted(self, disk: Disk) -> Mapping[str, dict[str, str]] | None:
        found = disk.look(self.path / NOTE)
        if found is None or found.kind != "file" or not self._site().is_dir():
            return None
        try:
            noted = json.loads(found.content)
        except ValueError:
            return None
        return noted if isinstance(noted, dict) and noted.keys() == _NOTED else None

    def _wished(self) -> dict[str, str]:
        wheel = Path(self.package)
        if not self._is_file():
            return {"name": self.package}
        return {"sha256": sha256_of(wheel) if wheel.is_file() else "", "lock": self.lock}

    def _is_file(self) -> bool:
        return self.package.startswith("/")

    def _site(self) -> Path:
        """Where its packages lie; elsewhere after the system's Python became another one."""
        return self.path / "lib" / self.python.resolve().name / "site-packages"

    def _damaged(self, distributions: Mapping[str, str]) -> Iterator[str]:
        for name, sha256 in distributions.items():
            record = self._site() / name / "RECORD"
            if not record.is_file() or sha256_of(record) != sha256:
                yield name
                continue
            for path, expected in _recorded(record):
                if _base64_sha256(self._site() / path) != expected:
                    yield name

    def _repair(self) -> None:
        self._install(again=True)

    def _install(self, *, again: bool = False) -> None:
        """Installs, and notes it at the very end, so that a killed run begins anew."""
        (self.path / NOTE).unlink(missing_ok=True)
        pip = [str(self.path / "bin/python"), "-m", "pip", "--disable-pip-version-check"]
        if not self._is_alive([*pip, "--version"]):
            words = [str(self.python), "-m", "venv", "--clear", str(self.path)]
            commands.require(self.id, words, timeout=SECONDS)
        with tempfile.TemporaryDirectory() as folder:
            wheel = self._wheel(Path(folder), pip)
            releases = Path(folder, "requirements.lock")
            releases.write_bytes(self._locked(wheel))
            force = ["--force-reinstall"] if again else []
            install = [*pip, "install", "--quiet", "--no-deps"]
            locked = ["--require-hashes", "--requirement", str(releases)]
            commands.require(self.id, [*install, *force, *locked], timeout=SECONDS)
            own = [*install, "--force-reinstall", str(wheel)]
            commands.require(self.id, own, timeout=SECONDS)
        self._note()

    def _is_alive(self, question: list[str]) -> bool:
        """Whether there is an environment of this Python, and its pip answers."""
        if not (self._site().is_dir() and Path(question[0]).is_file()):
            return False
        return commands.run(self.id, question, timeout=60).returncode == 0

    def _wheel(self, folder: Path, pip: list[str]) -> Path:
        if self._is_file():
            return Path(self.package)
        fetch = [*pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        commands.require(self.id, [*fetch, "--dest", str(folder), self.package], timeout=SECONDS)
        return next(folder.glob("*.whl"))

    def _locked(self, wheel: Path) -> bytes:
        try:
            with zipfile.ZipFile(wheel) as opened:
                return opened.read(self.lock)
        except (zipfile.BadZipFile, KeyError) as error:
            raise StateError(
                self.id,
                N_("%(wheel)s is no wheel that brings %(lock)s."),
                N_("Take a wheel that was built from this project."),
                wheel=wheel,
                lock=self.lock,
            ) from error

    def _note(self) -> None:
        records = sorted(self._site().glob("*.dist-info/RECORD"))
        note = {
            "package": self._wished(),
            "distributions": {record.parent.name: sha256_of(record) for record in records},
        }
        text = json.dumps(note, indent=2, sort_keys=True) + "\n"
        step = plan_file(
            self.id, Disk(), self.path / NOTE, text.encode(), Access(0o644, None, None)
        )
        for write in step.writes:
            Disk().write(write)


_NOTED = {"package", "distributions"}


def _recorded(record: Path) -> Iterator[tuple[str, str]]:
    """The files of a package with their hashes, as pip wrote them down."""
    with record.open(encoding="utf-8", newline="") as lines:
        for path, digest, _size in csv.reader(lines):
            kind, _equals, expected = digest.partition("=")
            if kind == "sha256":
                yield path, expected


def _base64_sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    digest = bytes.fromhex(sha256_of(path))
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
