"""How a machine under test reaches the package registries: as its host does, and no other way."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# Ubuntu Archive Automatic Signing Key (2018); Debian 12 has no package with it.
UBUNTUS_KEY = "F6ECB3762474EDA9D21B7022871920D1991BC93C"
AUTHORITIES = Path("usr/local/share/ca-certificates")


def trust_what_the_host_trusts(root: Path) -> None:
    """Brings the host's own certificate authorities and apt's proxy into an unpacked system."""
    certificates = sorted((Path("/") / AUTHORITIES).glob("*.crt"))
    for certificate in certificates:
        shutil.copy(certificate, root / AUTHORITIES)
    if certificates:
        subprocess.run(
            ["chroot", str(root), "update-ca-certificates"], check=True, capture_output=True
        )
        # pip has authorities of its own unless it is told.
        (root / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")
    proxies = {kind: _configured(f"Acquire::{kind}::Proxy") for kind in ("http", "https")}
    lines = [f'Acquire::{kind}::Proxy "{proxy}";\n' for kind, proxy in proxies.items() if proxy]
    (root / "etc/apt/apt.conf.d/90proxy").write_text("".join(lines))


def _configured(option: str) -> str:
    asked = subprocess.run(
        ["apt-config", "--format", "%v", "dump", option], capture_output=True, text=True, check=True
    )
    return asked.stdout.strip()


@contextmanager
def ubuntus_keyring(release: str) -> Iterator[list[str]]:
    """What mmdebstrap needs beside the release's name; for Debian nothing.

    Ubuntu's keys come from its own archive, and are known by their fingerprint.
    """
    if release != "noble":
        yield []
        return
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # apt reads the keyring as a user of its own
        unproven = Path(folder, "unproven")
        command = ["mmdebstrap", "--quiet", "--variant=extract", "--include=ubuntu-keyring"]
        command += ["--aptopt=Acquire::AllowInsecureRepositories true"]
        command += ["--aptopt=APT::Get::AllowUnauthenticated true", release, str(unproven)]
        subprocess.run(command, check=True, capture_output=True)
        (keyring,) = unproven.glob("usr/share/keyrings/ubuntu-archive-keyring.gpg")
        shown = subprocess.run(
            ["gpg", "--show-keys", "--with-colons", str(keyring)],
            check=True,
            capture_output=True,
            text=True,
        )
        found = {line.split(":")[9] for line in shown.stdout.splitlines() if line[:3] == "fpr"}
        assert UBUNTUS_KEY in found, f"Not Ubuntu's key: {found}"
        yield [f"--keyring={keyring}"]
