"""Somebody who reads what is said on a machine's desktop: its notices, as they arrive."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from machine import Machine

SYSTEM_PYTHON = "/usr/bin/python3"  # it has python3-gi, which an environment has not

SERVER = '''
import sys
from pathlib import Path
from gi.repository import Gio, GLib

INTERFACE = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
<arg type="u" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
</interface></node>"""
address, file = sys.argv[1], Path(sys.argv[2])


def call(_bus, _sender, _path, _interface, method, words, invocation):
    if method == "Notify":
        *_first, title, text, _actions, _hints, _time = words.unpack()
        with file.open("a") as heard:
            heard.write((title + " | " + text).replace("\\n", " ") + "\\n")
        answer = GLib.Variant("(u)", (1,))
    elif method == "GetCapabilities":
        answer = GLib.Variant("(as)", (["body"],))
    else:
        answer = GLib.Variant("(ssss)", ("test", "test", "1", "1.2"))
    invocation.return_value(answer)


flags = (
    Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
)
bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
described = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
bus.register_object("/org/freedesktop/Notifications", described, call, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.Notifications", 0, None, None)
print("ready", flush=True)
GLib.MainLoop().run()
'''


@dataclass(frozen=True)
class Notices:
    """The notices that were shown, one a line in a file."""

    file: Path

    def heard(self) -> list[str]:
        """Title and text of each, oldest first."""
        return self.file.read_text().splitlines() if self.file.exists() else []


@contextmanager
def notices(machine: Machine, bus: str, user: int) -> Iterator[Notices]:
    """Answers for the desktop on the bus of a user who is logged in on the machine.

    The answers come from the host, which reaches the bus's socket through the machine's files.
    """
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        file = Path(folder, "notices")
        address = f"unix:path=/proc/{machine.leader}/root{bus}"
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        process = subprocess.Popen(
            [*become, "--pdeathsig", "KILL", SYSTEM_PYTHON, "-c", SERVER, address, str(file)],
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
        )
        try:
            assert process.stdout
            assert process.stdout.readline() == "ready\n", "Is python3-gi installed?"
            yield Notices(file)
        finally:
            process.kill()
            process.communicate()
