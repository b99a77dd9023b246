"""The TV wall's panels: read, brought to what the room wants, and probed."""

from .converge import converge_panels
from .panel import PanelChange, PanelState
from .reading import read_panels

__all__ = ["PanelChange", "PanelState", "converge_panels", "read_panels"]
