"""What the documents tell people to type exists, and where they point to is something."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cc_run.cli.program import cli
from cc_run.readiness import ON_REQUEST, PROBES

ROOT = Path(__file__).parents[2]
COMMANDS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [
    *COMMANDS,
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs" / "decisions").glob("*.md")),
    *sorted((ROOT / "inventory").rglob("*.md")),
    *sorted((ROOT / "roles").glob("*/README.md")),
]
BLOCK = re.compile(r"^ *```(?:console|sh|bash)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]*\bcc-run [^`\n]*)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
# Words that stand for something that a person fills in.
STANDS_FOR_MORE = {"…", "..."}


def said_commands(text: str) -> Iterator[list[str]]:
    """The arguments of every ``cc-run …`` in the blocks and between backticks."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            command = line.strip().removeprefix("$ ")
            if command.startswith(("cc-run ", "sudo ", ".venv/bin/cc-run ")) or "=" in command[:40]:
                yield from arguments(command)
    for command in INLINE.findall(BLOCK.sub("", text)):
        yield from arguments(command)


def arguments(command: str) -> Iterator[list[str]]:
    words = shlex.split(command, comments=True)
    for place, word in enumerate(words):
        if word.rsplit("/", 1)[-1] == "cc-run" and not words[place - 1].startswith("-"):
            yield words[place + 1 :]
            return


def problem(words: list[str]) -> str:
    """What is wrong with these arguments; empty where click knows every word of them."""
    command: click.Command = cli
    context = click.Context(cli, info_name="cc-run")
    rest = [word for word in words if word not in STANDS_FOR_MORE]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        if found is None:
            return f"there is no command {name}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    options = {
        name: option
        for option in command.get_params(context)
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    positional: list[str] = []
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            positional.append(word)
            continue
        name, equals, _value = word.partition("=")
        if name not in options:
            return f"{context.command_path} has no option {name}"
        option = options[name]
        if not (option.is_flag or option.count or equals) and rest:
            rest.pop(0)
    return unwanted(command, context, positional)


def unwanted(command: click.Command, context: click.Context, words: list[str]) -> str:
    for argument in command.get_params(context):
        if isinstance(argument, click.Argument):
            taken = words if argument.nargs == -1 else words[:1]
            words = words[len(taken) :]
            if isinstance(argument.type, click.Choice):
                for word in set(taken) - set(argument.type.choices):
                    return f"{context.command_path} knows no {word}"
    return f"{context.command_path} takes no {words[0]}" if words else ""


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_every_command_that_is_told_exists(path: Path) -> None:
    wrong = [
        f"cc-run {' '.join(words)}: {said}"
        for words in said_commands(path.read_text())
        if (said := problem(words))
    ]
    assert wrong == []


def test_the_guides_tell_of_commands_at_all() -> None:
    told = {words[0] for path in COMMANDS for words in said_commands(path.read_text()) if words}
    assert {"event", "host", "prepare", "record", "document", "archive", "report"} <= told


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("prepare --event next", ""),
        ("event list --past --limit 5", ""),
        ("record stop", ""),
        ("check camera sound --watch", ""),
        ("prapare --event next", "there is no command prapare"),
        ("host creat", "there is no command creat"),
        ("prepare --evnt next", "cc-run prepare has no option --evnt"),
        ("record halt", "cc-run record knows no halt"),
        ("prepare VC-0001", "cc-run prepare takes no VC-0001"),
    ],
)
def test_a_wrong_command_would_be_noticed(command: str, said: str) -> None:
    assert problem(command.split()) == said


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    dead = []
    for link in LINK.findall(path.read_text()):
        if "://" in link or link.startswith("mailto:"):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def anchors(page: Path) -> set[str]:
    """The page's headings as GitHub names them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(page.read_text())
    }


def test_the_tables_of_variables_are_up_to_date() -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "script" / "variables"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def probe_rows(section: str) -> dict[str, str]:
    """The rows of a table in docs/probes.md by their probe's id; each stands there once."""
    text = (ROOT / "docs/probes.md").read_text().partition(section)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z]+\.[a-z]+)` (\|.*)$", text, re.MULTILINE)
    assert len(dict(rows)) == len(rows)
    return dict(rows)


@pytest.mark.parametrize("section", ["# Probes", "## What proves them"])
def test_the_matrix_of_probes_has_each_of_them(section: str) -> None:
    assert sorted(probe_rows(section)) == sorted(probe.id for probe in (*PROBES, *ON_REQUEST))


def test_every_probe_names_the_tests_that_prove_it() -> None:
    unproved = []
    for probe, row in probe_rows("## What proves them").items():
        tests = [(ROOT / "docs" / link).resolve() for link in LINK.findall(row)]
        real = [test for test in tests if test.is_file() and test.name.startswith("test_")]
        if not tests or real != tests:
            unproved.append(probe)
    assert unproved == []


def test_every_decision_stands_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text())
    assert sorted(listed) == sorted(path.name for path in folder.glob("0*.md"))
