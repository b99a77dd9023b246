"""A stateful stand-in for Zoom's token service and its Meetings API v2.

Around the API it has its own endpoints under `/_control`: `faults`, `requests`, `switches`,
`clock`, `state`, `meetings`, `meetings/{id}` and `meetings/{id}/participants`.
"""

from .app import create_app

__all__ = ["create_app"]
