"""Files an event's documents in MIPP, in the way that the office has chosen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx

from cc_run.archive.mipp.activity import Activity, filled_in
from cc_run.archive.mipp.api import ApiDesk
from cc_run.archive.mipp.drop import lay_down
from cc_run.archive.mipp.entering import Entered, Filing, enter_once
from cc_run.archive.mipp.form import FormDesk
from cc_run.archive.mipp.manual import prepare_by_hand
from cc_run.archive.mipp.photos import shrink
from cc_run.archive.mipp.receipt import Receipt
from cc_run.archive.targets import target_for
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
    digest = activity.digest(fields, mipp.entry.files.values())
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
    if mipp.mode == "drop" and mipp.drop is not None:
        entered = lay_down(
            target_for(mipp.drop), activity, digest, prepare(), on_progress=on_progress
        )
    else:
        entered = _entered(mipp, activity, digest, prepare, folder, on_progress)
    return Receipt(activity.event_id, digest, entered.url, entered.number, now(), mipp.mode)


def _entered(
    mipp: Mipp,
    activity: Activity,
    digest: str,
    prepare: Callable[[], Filing],
    folder: Path,
    on_progress: Report,
) -> Entered:
    """The activity's entry in the application, made where it is not there yet."""
    values = activity.texts()
    listing = filled_in({"listing": mipp.listing}, values, variable="mipp_listing")["listing"]
    numbered = {str(number): mark for number, mark in enumerate(mipp.listing_marks, start=1)}
    marks = tuple(filled_in(numbered, values, variable="mipp_listing_marks").values())
    with httpx.Client(follow_redirects=True, timeout=mipp.timeout) as client:
        desk = (
            ApiDesk(mipp, client, marks)
            if mipp.mode == "bearer"
            else FormDesk(mipp, client, listing, marks)
        )
        return enter_once(
            desk, activity.event_id, digest, prepare, work_dir=folder, on_progress=on_progress
        )


def _prepared(mipp: Mipp, activity: Activity, fields: dict[str, str], folder: Path) -> Filing:
    """The photos share what the minutes leave of the largest upload."""
    upload = folder / "upload"
    shutil.rmtree(upload, ignore_errors=True)  # a photo that was taken out must not stay behind
    wanted = set(mipp.entry.files.values())
    chosen: dict[str, tuple[Path, ...]] = {
        "minutes": (activity.minutes,),
        "attendance": (activity.attendance,) if activity.attendance else (),
        # Never without the office's word for it: the settings refuse this kind otherwise.
        "recording": (activity.recording,) if activity.recording else (),
    }
    whole = [path for kind, paths in chosen.items() if kind in wanted for path in paths]
    left = mipp.post_limit_kib * 1024 - sum(path.stat().st_size for path in whole)
    if left < 0:
        largest = max(whole, key=lambda path: path.stat().st_size)
        raise Refusal(
            _("%(path)s is larger than MIPP takes (%(limit)d KiB).")
            % {"path": largest, "limit": mipp.post_limit_kib},
            _("Save it smaller, or ask IT to raise mipp_post_limit_kib."),
        )
    if "photos" in wanted:
        share = left // max(len(activity.photos), 1)
        limit = min(mipp.photo_limit_kib * 1024, share)
        chosen["photos"] = shrink(activity.photos, upload, limit)
    files = tuple((name, path) for name, kind in mipp.entry.files.items() for path in chosen[kind])
    return Filing(fields, files)
