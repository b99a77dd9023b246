"""A stand-in for a video wall of Samsung panels that speak MDC over TCP."""

from .panel import Panel
from .server import SCENARIOS, Scenario, Wall, serve_wall

__all__ = ["SCENARIOS", "Panel", "Scenario", "Wall", "serve_wall"]
