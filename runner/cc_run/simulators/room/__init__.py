"""A Command Center without equipment, for rehearsals and tests."""

from cc_run.simulators.room.devices import Camera
from cc_run.simulators.room.media import programme
from cc_run.simulators.room.needs import missing_packages
from cc_run.simulators.room.simulated import Room, simulated_room
from cc_run.simulators.room.sound import Conference

__all__ = ["Camera", "Conference", "Room", "missing_packages", "programme", "simulated_room"]
