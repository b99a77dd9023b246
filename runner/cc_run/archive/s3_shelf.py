"""What the archive does in a bucket: parts with a SHA-256 each, compared and kept by the server."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import botocore.exceptions

from cc_run.archive.copying import BLOCK, Advance, Content, quietly
from cc_run.archive.line import Line
from cc_run.language import N_, _

MISSING: Final = ("404", "NoSuchKey", "NotFound")
_SMALLEST_PART: Final = 8 << 20
_MOST_PARTS: Final = 9_000  # the protocol's limit is 10,000
_AT_ONCE: Final = 3
_CHECKSUM: Final = "ChecksumSHA256"
_KEPT: Final = N_("SHA-256 compared and kept by the server")
_DOWNLOADED: Final = N_("downloaded, sha256")


@dataclass
class _Upload:
    """What was sent and has no name yet: a small file's content, or the parts of a large one."""

    key: str
    body: bytes = b""
    upload_id: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    digests: bytes = b""


@dataclass(frozen=True)
class _Part:
    number: int
    offset: int
    size: int


class S3Shelf:
    """The bucket, reachable."""

    renames = False
    keeps_parts = False

    def __init__(self, client: Any, bucket: str, prefix: str, line: Line) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix
        self._line = line
        self._sent: dict[str, _Upload] = {}

    def sizes(self, folder: str) -> dict[str, int]:
        """Every object below the prefix."""
        lead = self._key(folder) + "/"
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=lead
        )
        return {
            entry["Key"].removeprefix(lead): int(entry["Size"])
            for page in pages
            for entry in page.get("Contents") or ()
        }

    def read(self, name: str) -> bytes | None:
        """A small object."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
        except botocore.exceptions.ClientError as error:
            if code_of(error) in MISSING:
                return None
            raise
        return bytes(found["Body"].read())

    def write(self, name: str, content: bytes) -> None:
        """Writes a small object; the server compares its SHA-256."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=self._key(name),
            Body=content,
            **{_CHECKSUM: _encoded(hashlib.sha256(content).digest())},
        )

    def send(self, source: Path, name: str, start: int, advance: Advance) -> Content:
        """Uploads the parts that are not there yet."""
        key = self._key(name)
        with source.open("rb", buffering=0) as reading:
            size = os.fstat(reading.fileno()).st_size
            if size <= _SMALLEST_PART:
                body = reading.read()
                self._sent[name] = _Upload(key, body)
                advance(2 * size)
                return Content(size, hashlib.sha256(body).hexdigest(), _KEPT)
            upload = _Upload(key, upload_id=self._begun(key))
            there = self._parts_there(upload)
            whole = hashlib.sha256()
            pieces = _pieces(size)
            with ThreadPoolExecutor(_AT_ONCE) as together:
                # So many at once as fit into memory.
                for first in range(0, len(pieces), _AT_ONCE):
                    some = pieces[first : first + _AT_ONCE]
                    bodies = [os.pread(reading.fileno(), one.size, one.offset) for one in some]
                    sending = [
                        together.submit(self._put, upload, one, body, there.get(one.number))
                        for one, body in zip(some, bodies, strict=True)
                    ]
                    for body in bodies:
                        whole.update(body)
                    for one, work in zip(some, sending, strict=True):
                        part, digest = work.result()
                        upload.parts.append(part)
                        upload.digests += digest
                        advance(2 * one.size)
        self._sent[name] = upload
        return Content(size, whole.hexdigest(), _KEPT)

    def settle(self, name: str, content: Content) -> None:
        """Completes the upload, and looks what the server says that it has."""
        upload = self._sent.pop(name)
        if not upload.upload_id:
            self.write(name, upload.body)
            self._line.carried(len(upload.body))
            expected = _encoded(hashlib.sha256(upload.body).digest())
        else:
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=upload.key,
                UploadId=upload.upload_id,
                MultipartUpload={"Parts": upload.parts},
            )
            digest = hashlib.sha256(upload.digests).digest()
            expected = f"{_encoded(digest)}-{len(upload.parts)}"
        there = self._client.head_object(
            Bucket=self._bucket, Key=upload.key, ChecksumMode="ENABLED"
        )
        kept = there.get(_CHECKSUM)
        if kept is not None:
            equal = kept == expected and there["ContentLength"] == content.bytes
        else:
            equal = self.check(name, quietly).sha256 == content.sha256
        if not equal:
            self.remove([name])
            raise OSError(_("the server holds something else than was sent"))

    def drop(self, name: str) -> None:
        """Aborts the upload."""
        upload = self._sent.pop(name, None)
        if upload is not None and upload.upload_id:
            self._abort(upload.key, upload.upload_id)

    def check(self, name: str, advance: Advance) -> Content:
        """Downloads the object and hashes it."""
        digest, size = hashlib.sha256(), 0
        for block in self._blocks(name):
            digest.update(block)
            size += len(block)
            advance(len(block))
        return Content(size, digest.hexdigest(), _DOWNLOADED)

    def fetch(self, name: str, destination: Path, advance: Advance) -> None:
        """Downloads the object, synced."""
        with destination.open("wb") as file:
            for block in self._blocks(name):
                file.write(block)
                advance(len(block))
            file.flush()
            os.fsync(file.fileno())

    def rename(self, old: str, new: str) -> None:
        """Objects keep their names: a bag here is whole when its manifests are there."""
        raise NotImplementedError

    def remove(self, names: Iterable[str]) -> None:
        """Deletes objects."""
        for name in names:
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def sync(self, folder: str) -> None:
        """What the server has answered for is kept."""

    def free_bytes(self) -> int | None:
        """A bucket does not tell."""
        return None

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _begun(self, key: str) -> str:
        """The upload that was begun last for this key, else a new one; older ones are aborted."""
        found = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=key)
        uploads = [one for one in found.get("Uploads") or () if one["Key"] == key]
        uploads.sort(key=lambda one: one["Initiated"])
        for older in uploads[:-1]:
            self._abort(key, older["UploadId"])
        if uploads:
            return str(uploads[-1]["UploadId"])
        begun = self._client.create_multipart_upload(
            Bucket=self._bucket, Key=key, ChecksumAlgorithm="SHA256"
        )
        return str(begun["UploadId"])

    def _parts_there(self, upload: _Upload) -> dict[int, dict[str, Any]]:
        pages = self._client.get_paginator("list_parts").paginate(
            Bucket=self._bucket, Key=upload.key, UploadId=upload.upload_id
        )
        return {int(one["PartNumber"]): one for page in pages for one in page.get("Parts") or ()}

    def _put(
        self, upload: _Upload, piece: _Part, body: bytes, there: dict[str, Any] | None
    ) -> tuple[dict[str, Any], bytes]:
        """The part as the server has it, sent only where it has not; and its digest."""
        digest = hashlib.sha256(body).digest()
        wished = _encoded(digest)
        if there is None or not _is_equal(there, body, wished):
            there = self._client.upload_part(
                Bucket=self._bucket,
                Key=upload.key,
                UploadId=upload.upload_id,
                PartNumber=piece.number,
                Body=body,
                **{_CHECKSUM: wished},
            )
            self._line.carried(len(body))
        return {"PartNumber": piece.number, "ETag": there["ETag"], _CHECKSUM: wished}, digest

    def _abort(self, key: str, upload_id: str) -> None:
        self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)

    def _blocks(self, name: str) -> Iterator[bytes]:
        found = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
        for block in found["Body"].iter_chunks(BLOCK):
            self._line.carried(len(block))
            yield block


def _pieces(size: int) -> list[_Part]:
    """The parts of a file: always the same for the same size, so that an upload can go on."""
    step = max(_SMALLEST_PART, -(-size // _MOST_PARTS))
    return [
        _Part(number, offset, min(step, size - offset))
        for number, offset in enumerate(range(0, size, step), start=1)
    ]


def _is_equal(there: dict[str, Any], body: bytes, wished: str) -> bool:
    if there.get(_CHECKSUM):
        return bool(there[_CHECKSUM] == wished)
    # Servers that list no SHA-256 list the MD5; the SHA-256 of all parts is compared at the end.
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return (int(there["Size"]), there["ETag"].strip('"')) == (len(body), md5)


def _encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def code_of(error: Exception) -> str:
    """The store's own word for what went wrong; empty where it has not answered."""
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""
