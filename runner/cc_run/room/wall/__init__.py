"""The TV wall's panels: read, brought to what the room wants, and probed."""

from .converge import PanelChange, converge_panels
from .reading import PanelState, read_panels

__all__ = ["PanelChange", "PanelState", "converge_panels", "read_panels"]
