"""Step 6: minutes and photos are filed in MIPP, once, and a receipt says so."""

from .activity import Activity
from .filing import file_activity
from .receipt import Receipt

__all__ = ["Activity", "Receipt", "file_activity"]
