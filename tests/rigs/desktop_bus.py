"""Somebody who reads what is said on a machine's desktop: its notices, as they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from machine import Machine

PACKAGES = ("dbus-user-session", "python3-gi")
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
file = Path(sys.argv[1])


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


bus = Gio.bus_get_sync(Gio.BusType.SESSION)
described = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
bus.register_object("/org/freedesktop/Notifications", described, call, None, None)
Gio.bus_own_name_on_connection(bus, "org.freedesktop.Notifications", 0, None, None)
file.touch()
GLib.MainLoop().run()
'''


@dataclass(frozen=True)
class Notices:
    """The notices that were shown, one a line in a file."""

    file: Path

    def heard(self) -> list[str]:
        """Title and text of each, oldest first."""
        return self.file.read_text().splitlines()


def logged_in(machine: Machine, user: str) -> Notices:
    """Logs a user in, as far as the session's bus, and answers there for the desktop."""
    machine.run("apt-get", "install", "-y", "--no-install-recommends", *PACKAGES)
    machine.run("loginctl", "enable-linger", user)
    bus = f"/run/user/{machine.says('id', '-u', user)}/bus"
    machine.wait_for("ls", bus, says=bus)
    (machine.root / "srv/notices.py").write_text(SERVER)
    heard = f"/home/{user}/notices"
    settings = [f"--uid={user}", f"--setenv=DBUS_SESSION_BUS_ADDRESS=unix:path={bus}"]
    machine.run("systemd-run", *settings, "/usr/bin/python3", "/srv/notices.py", heard)
    notices = Notices(machine.root / heard.lstrip("/"))
    machine.wait_until(notices.file.exists, 60, "somebody reads the desktop's notices")
    return notices
