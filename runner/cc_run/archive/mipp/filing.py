"""Files an event's documents in MIPP, in the way that the office has chosen."""

from __future__ import annotations

import shutil
from pathlib import Path

from cc_run.archive.mipp.activity import Activity, filled_in
from cc_run.archive.mipp.form import Filing, file_by_form
from cc_run.archive.mipp.manual import prepare_by_hand
from cc_run.archive.mipp.photos import shrink
from cc_run.archive.mipp.receipt import Receipt
from cc_run.errors import Refusal
from cc_run.language import _
from cc_run.progress import Report, unheard
from cc_run.settings.models import Mipp
from cc_run.times import now


def file_activity(
    mipp: Mipp,
    activity: Activity,
    *,
    work_dir: Path,
    known_receipt: Receipt | None = None,
    on_progress: Report = unheard,
) -> Receipt:
    """Makes sure that the activity is in MIPP exactly once, however often this is called.

    Args:
        mipp: The room's settings for it.
        activity: What is filed.
        work_dir: The event's own folder; ``mipp/`` is made in it. The originals stay untouched.
        known_receipt: What an earlier call returned.
        on_progress: Hears how far it is, in bytes.

    Returns:
        The known receipt where the event is filed already, even when its documents changed
        since: compare ``sha256``. Else a new one; in manual mode a person has to add its number.

    Raises:
        OutsideFailure: MIPP cannot be reached or is broken; calling again is safe.
        Refusal: MIPP does not take the entry, or a file is missing or unfit.
        SettingsFault: the settings do not fit this MIPP, or the login is wrong.
    """
    fields = filled_in(mipp.entry.fields, activity.texts(), variable="mipp_entry.fields")
    digest = activity.digest(fields)
    if known_receipt is not None:
        same = known_receipt.sha256 == digest
        if known_receipt.is_complete or (same and known_receipt.mode == mipp.mode):
            if not same:
                on_progress(1, 1, _("It is in MIPP already; the documents changed since"))
            return known_receipt

    folder = work_dir / "mipp"

    def prepare() -> Filing:
        return _prepared(mipp, activity, fields, folder)

    if mipp.mode == "manual":
        prepare_by_hand(folder, mipp.url, activity, prepare())
        on_progress(1, 1, _("Ready to be typed into MIPP"))
        return Receipt(activity.event_id, digest, mipp.url, None, now(), "manual")
    url = file_by_form(mipp, activity, digest, prepare, work_dir=folder, on_progress=on_progress)
    return Receipt(activity.event_id, digest, url, _number(url), now(), "form")


def _prepared(mipp: Mipp, activity: Activity, fields: dict[str, str], folder: Path) -> Filing:
    """The photos share what the minutes leave of the largest upload."""
    upload = folder / "upload"
    shutil.rmtree(upload, ignore_errors=True)  # a photo that was taken out must not stay behind
    left = mipp.post_limit_kib * 1024 - activity.minutes.stat().st_size
    if left < 0:
        raise Refusal(
            _("The minutes %(path)s are larger than MIPP takes (%(limit)d KiB).")
            % {"path": activity.minutes, "limit": mipp.post_limit_kib},
            _("Save them with smaller pictures, or ask IT to raise mipp_post_limit_kib."),
        )
    share = left // max(len(activity.photos), 1)
    photos = shrink(activity.photos, upload, min(mipp.photo_limit_kib * 1024, share))
    chosen = {"minutes": (activity.minutes,), "photos": photos}
    files = tuple((name, path) for name, kind in mipp.entry.files.items() for path in chosen[kind])
    return Filing(fields, files)


def _number(url: str) -> str | None:
    """The entry's number: the last part of its address, when it is one."""
    last = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return last if last.isdecimal() else None
