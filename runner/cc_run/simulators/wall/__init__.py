"""Stand-ins for a video wall: Samsung panels (MDC), LG panels, and PJLink projectors, over TCP."""

from .samsung import Panel
from .scenarios import SCENARIOS, Scenario
from .server import MAKES, Make, Wall, serve_wall

__all__ = ["MAKES", "SCENARIOS", "Make", "Panel", "Scenario", "Wall", "serve_wall"]
