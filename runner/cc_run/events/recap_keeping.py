"""Nothing of the office's workbook gets lost when it is written again.

The library that writes it does not know everything that Excel and LibreOffice put into a file.
What stands at the end of a sheet (lists to choose from, data bars, sparklines) is put back; where
something else would be gone, the file is not written.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from pathlib import Path
from typing import Final

from lxml import etree

from cc_run.errors import Refusal
from cc_run.language import N_, _

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PARTS: Final = {
    N_("pictures"): re.compile(r"xl/media/.+"),
    N_("charts"): re.compile(r"xl/charts/chart[^/]*\.xml"),
    N_("buttons and form fields"): re.compile(r"xl/(ctrlProps|activeX)/.+\.xml"),
    N_("embedded files"): re.compile(r"xl/embeddings/.+"),
    N_("slicers"): re.compile(r"xl/slicers/.+\.xml"),
    N_("comments with answers"): re.compile(r"xl/threadedComments/.+\.xml"),
    N_("pivot tables"): re.compile(r"xl/pivotTables/[^/]+\.xml"),
    N_("macros"): re.compile(r"xl/vbaProject\.bin"),
}
_SHAPES: Final = re.compile(rb"<xdr:(?:sp|cxnSp|grpSp)[ >]")
_NAMED: Final = N_("drawn shapes and text boxes")


def kept_whole(path: Path, before: bytes, after: bytes) -> bytes:
    """``after`` with what ``before`` had at the end of its sheets.

    Args:
        path: The workbook's, for the message.
        before: The workbook as the office left it.
        after: As the library wrote it.

    Raises:
        Refusal: ``after`` lacks something that cannot be put back.
    """
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        lost = [_(name) for name in _lost(old, new)]
        if lost:
            raise Refusal(
                _("Writing into %(path)s would lose something that is in it: %(things)s.")
                % {"path": path, "things": ", ".join(lost)},
                _("Move that into another workbook, or name another register in cc_recap_file."),
            )
        endings = _endings(old)
        sheets = _sheets(new)
        changed = {
            sheets[title]: _ended(new.read(sheets[title]), ending)
            for title, ending in endings.items()
            if title in sheets
        }
        if not changed:
            return after
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as package:
            for name in new.namelist():
                package.writestr(name, changed.get(name) or new.read(name))
    return whole.getvalue()


def _lost(old: zipfile.ZipFile, new: zipfile.ZipFile) -> list[str]:
    def parts(package: zipfile.ZipFile, wanted: re.Pattern[str]) -> int:
        return sum(1 for name in package.namelist() if wanted.fullmatch(name))

    def shapes(package: zipfile.ZipFile) -> int:
        drawings = (name for name in package.namelist() if name.startswith("xl/drawings/drawing"))
        return sum(len(_SHAPES.findall(package.read(name))) for name in drawings)

    lost = [name for name, wanted in _PARTS.items() if parts(new, wanted) < parts(old, wanted)]
    return [*lost, _NAMED] if shapes(new) < shapes(old) else lost


def _endings(package: zipfile.ZipFile) -> dict[str, bytes]:
    """What stands at each sheet's end (``extLst``), by the sheet's title."""
    found: dict[str, bytes] = {}
    for title, name in _sheets(package).items():
        content = package.read(name)
        if content.rfind(b"extLst") < 0:
            continue
        ending = _tree(content).find(f"{_MAIN}extLst")
        if ending is not None:
            found[title] = etree.tostring(ending)
    return found


def _ended(sheet: bytes, ending: bytes) -> bytes:
    root = _tree(sheet)
    present = root.find(f"{_MAIN}extLst")
    if present is not None:
        root.remove(present)
    root.append(_tree(ending))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _sheets(package: zipfile.ZipFile) -> dict[str, str]:
    """The name of each sheet's file, by the sheet's title."""
    links = _tree(package.read("xl/_rels/workbook.xml.rels"))
    files = {link.get("Id"): posixpath.join("/xl", link.get("Target", ""))[1:] for link in links}
    book = _tree(package.read("xl/workbook.xml"))
    named = {sheet.get("name"): files.get(sheet.get(_LINK)) for sheet in book.iter(f"{_MAIN}sheet")}
    present = set(package.namelist())
    return {title: name for title, name in named.items() if title and name in present}


def _tree(content: bytes) -> etree._Element:
    # The file comes from outside: nothing in it may name another file or grow without end.
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
