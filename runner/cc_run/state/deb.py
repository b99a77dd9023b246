"""A single Debian package that comes from no archive, known by its checksum."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .digests import sha256_of
from .disk import Disk, Entry, Write
from .faults import N_, StateError
from .fields import Fields
from .packages import APT_OPTIONS, INSTALL_SECONDS, QUERY_SECONDS
from .step import Step

# What came from which file: then neither file nor address is needed to know that it is there.
NOTES = Path("/var/lib/cc-run/debs")
APT_HELPER = "/usr/lib/apt/apt-helper"


@dataclass(frozen=True)
class DebFile:
    """``deb: ADDRESS`` is installed, with what it needs, if its content has this ``sha256``.

    Attributes:
        source: an http or https address, or a path on this machine.
        sha256: 64 hex digits.
    """

    id: str
    secret: bool
    source: str
    sha256: str

    @classmethod
    def from_fields(cls, fields: Fields) -> DebFile:
        """Keys: deb, sha256."""
        source, sha256 = fields.text("deb"), fields.text("sha256").lower()
        if not source.startswith(("http://", "https://", "/")):
            raise fields.wrong("deb", "an http(s) address or an absolute path")
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise fields.wrong("sha256", "64 hex digits, as sha256sum prints them")
        return cls(fields.id, fields.secret, source, sha256)

    def plan(self, disk: Disk, /) -> Step:
        """Asks whether the package that came from this content is still what is installed."""
        noted = disk.look(self._note())
        if noted is not None and noted.content.decode() == self._installed(noted.content.decode()):
            return Step("", "")
        return Step("", f"{self.source}\n", act=self._install)

    def _note(self) -> Path:
        return NOTES / self.sha256

    def _installed(self, noted: str) -> str:
        """``name version`` of the installed package, in the form of a note."""
        name = noted.partition(" ")[0]
        shown = "${db:Status-Status} ${Package} ${Version}\n"
        asked = ["dpkg-query", "-W", "-f", shown, name]
        answer = commands.run(self.id, asked, timeout=QUERY_SECONDS).stdout
        return answer.removeprefix("installed ")

    def _install(self) -> None:
        with tempfile.TemporaryDirectory(prefix="cc-run-deb-") as folder:
            file = self._file(Path(folder))
            found = sha256_of(file)
            if found != self.sha256:
                raise StateError(
                    self.id,
                    N_("%(source)s is not the file that was meant: its SHA-256 is %(found)s."),
                    N_("Nothing was installed. Compare it with the maker's, then correct it."),
                    source=self.source,
                    found=found,
                )
            asked = ["dpkg-deb", "--show", "--showformat", "${Package} ${Version}\n", str(file)]
            note = commands.require(self.id, asked, timeout=QUERY_SECONDS).stdout
            install = ["apt-get", *APT_OPTIONS, "install", "-y", "--no-install-recommends"]
            install += ["--allow-downgrades", str(file)]
            if commands.run(self.id, install, timeout=INSTALL_SECONDS).returncode:
                # Old package lists are the usual reason.
                commands.require(self.id, ["apt-get", "update"], timeout=INSTALL_SECONDS)
                commands.require(self.id, install, timeout=INSTALL_SECONDS)
        Disk().write(Write(self._note(), Entry("file", 0o644, 0, 0, content=note.encode())))

    def _file(self, folder: Path) -> Path:
        """The file itself; one from afar is fetched as apt fetches, through apt's proxy if any."""
        if self.source.startswith("/"):
            if not Path(self.source).is_file():
                raise StateError(self.id, N_("There is no file %(path)s."), path=self.source)
            return Path(self.source)
        file = folder / "package.deb"
        fetch = [APT_HELPER, "download-file", self.source, str(file)]
        said = commands.run(self.id, fetch, timeout=INSTALL_SECONDS)
        if said.returncode:
            reasons = [line for line in said.stderr.splitlines() if line.startswith("E:")]
            raise StateError(
                self.id,
                N_("%(source)s could not be fetched: %(reason)s"),
                N_("Check the address and the network, then run again."),
                source=self.source,
                reason=reasons[0].removeprefix("E:").strip() if reasons else said.returncode,
            )
        return file
