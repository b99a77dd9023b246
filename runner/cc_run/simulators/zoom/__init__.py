"""A stateful stand-in for Zoom's token service and its Meetings API v2.

Around the API it has its own endpoints under `/_control`: `faults`, `requests`, `switches`,
`clock`, `state`, `meetings`, `meetings/{id}`, `meetings/{id}/participants`,
`meetings/{id}/recordings`, `webhook` and `webhook/deliveries`.
"""

from .app import create_app
from .subscription import Subscription

__all__ = ["Subscription", "create_app"]
