"""Click's own words ("Usage:", "Missing option"), marked so that our catalogues translate them.

Click asks gettext's default domain; ``click_asks_our_catalogue`` makes that ours.
"""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Final

from cc_run.language import N_, spoken

_LOCALES: Final = Path(__file__).parents[1] / "locale"


def click_asks_our_catalogue() -> None:
    """Lets click speak the operator's language.

    gettext chooses by the locale variables itself and gives LANGUAGE the first word, even under
    the C locale; so it is only bound where this program speaks something other than English.
    """
    if spoken() != "en":
        gettext.bindtextdomain("cc_run", _LOCALES)
        gettext.textdomain("cc_run")


def ngettext(one: str, several: str) -> tuple[str, str]:
    """Marks a message that has a plural; named as the extraction looks for it."""
    return one, several


WORDS: Final = (
    N_("Usage:"),
    N_("Options"),
    N_("Positional arguments"),
    N_("Show this message and exit."),
    N_("default: {default}"),
    N_("env var: {var}"),
    N_("required"),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Could not open file {filename!r}: {message}"),
    N_("Choose from:\n\t{choices}"),
    N_("{value} is not in the range {range}."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."),
    N_("file"),
    N_("directory"),
    N_("path"),
)

PLURALS: Final = (
    ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ngettext(
        "Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."
    ),
    ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
