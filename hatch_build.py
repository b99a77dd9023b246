"""Compiles the message catalogues when a wheel or an editable install is built."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface):
    """Writes each ``cc_run.mo`` beside its ``cc_run.po``; the .mo files are not in git."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        locales = Path(self.root, "runner/cc_run/locale")
        for source in sorted(locales.glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            with source.open("rb") as reading, compiled.open("wb") as writing:
                write_mo(writing, read_po(reading))
            build_data["artifacts"].append(str(compiled.relative_to(self.root)))
