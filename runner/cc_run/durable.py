"""Files that people rely on: at every moment the old content or the new one, never a half."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cc_run.errors import OutsideFailure, UsageFault
from cc_run.language import _

_MODE = 0o644


def replace_file(path: Path, content: bytes, *, mode: int | None = None) -> Path:
    """Writes ``content`` to ``path``; when this returns, it is on disk under that name.

    An existing file keeps its permissions where no ``mode`` is given; the folder is made when
    missing. Nobody else can read the file before it has its mode.

    Raises:
        UsageFault: a folder or a device has that name.
        OutsideFailure: the disk is full, the folder cannot be written.
    """
    if path.exists() and not path.is_file():
        raise UsageFault(
            _("%(path)s is no file, so it is not replaced.") % {"path": path},
            _("Name another file."),
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None:
            mode = path.stat().st_mode & 0o777 if path.exists() else _MODE
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise OutsideFailure(
            _("%(path)s cannot be written: %(reason)s")
            % {"path": path, "reason": error.strerror or error},
            _("Free space on the disk or allow writing to the folder, then run it again."),
        ) from error
    return path


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may still forget the new name, though the content is on disk.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
