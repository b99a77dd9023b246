"""A target that is a bucket of an S3-compatible store.

A large file goes up in parts, each with its SHA-256, which the server compares with what arrived
and keeps. Parts of an interrupted upload that prove to be equal are not sent again. A store that
keeps no SHA-256 has to give the file back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, unquote

import botocore.exceptions
import botocore.session
from botocore.config import Config

from cc_run.archive.line import Line
from cc_run.archive.s3_shelf import MISSING, S3Shelf, code_of
from cc_run.errors import OutsideFailure
from cc_run.language import _
from cc_run.settings.models import ArchiveTarget

_SECONDS: Final = 30
_REFUSED: Final = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403")
_FULL: Final = ("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507")


@dataclass(frozen=True)
class Bucket:
    """A bucket, or a prefix within it."""

    name: str
    url: str
    bucket: str
    prefix: str
    entry: ArchiveTarget

    @classmethod
    def of(cls, wished: ArchiveTarget, parts: SplitResult) -> Bucket:
        """The target of an URL ``s3://bucket/prefix``."""
        prefix = unquote(parts.path).strip("/")
        return cls(
            wished.name,
            f"s3://{parts.netloc}{parts.path}".rstrip("/"),
            parts.netloc,
            f"{prefix}/" if prefix else "",
            wished,
        )

    def place(self, bag: str) -> str:
        """The bag's URL."""
        return f"{self.url}/{bag}"

    @contextmanager
    def open(self) -> Iterator[S3Shelf]:
        """Asks for the bucket.

        Raises:
            OutsideFailure: it is away or missing, or the keys are refused.
        """
        client = self._client()
        try:
            client.head_bucket(Bucket=self.bucket)
            yield S3Shelf(client, self.bucket, self.prefix, Line(self.entry.mbit_limit))
        except (
            botocore.exceptions.BotoCoreError,
            botocore.exceptions.ClientError,
            OSError,
        ) as error:
            raise self.failure(error) from error
        finally:
            client.close()

    def _client(self) -> Any:
        entry = self.entry
        return botocore.session.Session().create_client(
            "s3",
            region_name=entry.region or "us-east-1",
            endpoint_url=entry.endpoint or None,
            aws_access_key_id=entry.user or None,
            aws_secret_access_key=entry.password.get_secret_value() or None,
            verify=str(entry.ca_file) if entry.ca_file else None,
            config=Config(
                connect_timeout=_SECONDS,
                read_timeout=_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 3},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                # Few servers of an office have a name for each bucket.
                s3={"addressing_style": "path" if entry.endpoint else "auto"},
            ),
        )

    def failure(self, error: Exception) -> OutsideFailure:
        """What an error of the store means to an operator."""
        code = code_of(error)
        facts = {"target": self.name, "url": self.url, "reason": str(error)}
        if code in _REFUSED:
            return OutsideFailure(
                _("The server of archive target %(target)s refuses the account.") % facts,
                _("Check user and password (access key and secret) of this target."),
            )
        if code in (*MISSING, "NoSuchBucket"):
            return OutsideFailure(
                _("Archive target %(target)s has no bucket %(path)s.")
                % {"target": self.name, "path": self.bucket},
                _("Make the bucket on the server, then archive again."),
            )
        if code in _FULL:
            return OutsideFailure(
                _("Archive target %(target)s is full.") % facts,
                _("Free space at %(path)s, then archive again; what has arrived is kept.")
                % {"path": self.url},
            )
        return OutsideFailure(
            _("Archive target %(target)s failed: %(reason)s") % facts,
            _("Check the network and the server at %(url)s, then archive again.") % facts,
        )
