"""Real servers that bags go to, on loopback: OpenSSH's, SeaweedFS's S3, and a WebDAV server.

Each ends with the test's own process, also where that is killed.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.rigs.cable import Cable

from cc_run.processes import tied
from cc_run.settings.models import ArchiveTarget

PASSWORD = "rahasia-sekali"
_PATIENCE = 90.0


@dataclass(frozen=True)
class Store:
    """A server behind a cable, as the inventory names it, and what it really holds.

    ``look`` gives every file by its name, from behind the server's back; ``put`` replaces one.
    """

    kind: str
    cable: Cable
    target: ArchiveTarget
    look: Callable[[], dict[str, bytes]]
    put: Callable[[str, bytes], None]

    def copied_to(self, folder: Path) -> Path:
        """What it holds, as files for a judge."""
        for name, content in self.look().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder


def free_port() -> int:
    """A port of loopback that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until somebody listens."""
    ended = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, f"{process.args} has ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            assert time.monotonic() < ended, f"nobody listens on {port}"
            time.sleep(0.05)
        else:
            return


@contextmanager
def sshd(folder: Path, *options: str) -> Iterator[tuple[int, str, str]]:
    """OpenSSH's server: its port, the client's private key, and its own public key."""
    program = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        pytest.fail("sshd is missing: sudo apt-get install openssh-server")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    folder.mkdir(mode=0o700)
    for name in ("host", "client"):
        key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(key, check=True)
    shutil.copy(folder / "client.pub", folder / "authorized")
    port = free_port()
    lines = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "MaxStartups 100",
        "Subsystem sftp internal-sftp",
        *options,
    ]
    (folder / "config").write_text("\n".join(lines) + "\n")
    with (folder / "log").open("wb") as log:
        command = [program, "-D", "-e", "-f", str(folder / "config")]
        process = subprocess.Popen(tied(command), stderr=log)
    try:
        await_port(port, process)
        words = (folder / "host.pub").read_text().split()
        yield port, (folder / "client").read_text(), " ".join(words[:2])
    finally:
        process.terminate()
        process.wait()


@contextmanager
def sftp_store(folder: Path, *options: str) -> Iterator[Store]:
    """A folder behind sshd."""
    root = folder / "vidcon arsip"
    root.mkdir(parents=True)
    with sshd(folder / "sshd", *options) as (port, key, host_key):
        cable = Cable(port)
        target = ArchiveTarget(
            name="sftp",
            url=f"sftp://127.0.0.1:{cable.port}{root.as_posix().replace(' ', '%20')}",
            user=getpass.getuser(),
            private_key=key,
            host_key=host_key,
        )
        yield Store("sftp", cable, target, lambda: _files(root), lambda n, c: _write(root, n, c))
        cable.close()


@contextmanager
def weed(folder: Path) -> Iterator[int]:
    """SeaweedFS, a whole store in one process: the port of its S3 side."""
    identity = {
        "name": "cc",
        "credentials": [{"accessKey": "arsip", "secretKey": PASSWORD}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    folder.mkdir()
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    parts = ("master", "volume", "filer", "s3")
    ports = {part: free_port() for part in parts}
    grpc = {part: free_port() for part in parts}
    command = [
        str(Path(sys.executable).with_name("weed")),
        f"-logdir={folder}",
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=500",
        "-s3",
        f"-dir={folder}",
        f"-s3.config={folder / 's3.json'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        *(f"-{part}.port={port}" for part, port in ports.items()),
        *(f"-{part}.port.grpc={port}" for part, port in grpc.items()),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(tied(command), stdout=log, stderr=log, cwd=folder)
    try:
        await_port(ports["s3"], process)
        yield ports["s3"]
    finally:
        process.kill()  # it would wait for minutes, and what it holds is nobody's
        process.wait()


@contextmanager
def s3_store(port: int, bucket: str) -> Iterator[Store]:
    """A new bucket of a running store."""
    import botocore.session
    from botocore.config import Config

    client = botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="arsip",
        aws_secret_access_key=PASSWORD,
        config=Config(s3={"addressing_style": "path"}),
    )
    ended = time.monotonic() + _PATIENCE
    while True:
        try:
            client.create_bucket(Bucket=bucket)
        except Exception:  # its parts find each other one by one
            assert time.monotonic() < ended
            time.sleep(0.2)
        else:
            break

    def look() -> dict[str, bytes]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="arsip/")
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return {
            key.removeprefix("arsip/"): client.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in keys
        }

    cable = Cable(port)
    target = ArchiveTarget(
        name="s3",
        url=f"s3://{bucket}/arsip",
        endpoint=f"http://127.0.0.1:{cable.port}",
        user="arsip",
        password=PASSWORD,
    )
    yield Store(
        "s3",
        cable,
        target,
        look,
        lambda name, body: client.put_object(Bucket=bucket, Key=f"arsip/{name}", Body=body),
    )
    cable.close()


@contextmanager
def webdav_store(folder: Path) -> Iterator[Store]:
    """A folder behind a WebDAV server."""
    from cheroot import wsgi
    from wsgidav.fs_dav_provider import FilesystemProvider
    from wsgidav.wsgidav_app import WsgiDAVApp

    root = folder / "dav"
    (root / "arsip").mkdir(parents=True)
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": FilesystemProvider(str(root))},
            "simple_dc": {"user_mapping": {"*": {"arsip": {"password": PASSWORD}}}},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    port = free_port()
    server = wsgi.Server(("127.0.0.1", port), app)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    cable = Cable(port)
    target = ArchiveTarget(
        name="webdav",
        url=f"http://127.0.0.1:{cable.port}/arsip",
        user="arsip",
        password=PASSWORD,
    )
    place = root / "arsip"
    yield Store("webdav", cable, target, lambda: _files(place), lambda n, c: _write(place, n, c))
    cable.close()
    server.stop()
    thread.join()


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def _write(root: Path, name: str, content: bytes) -> None:
    (root / name).write_bytes(content)
