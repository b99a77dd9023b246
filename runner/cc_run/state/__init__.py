"""The state engine: says what should be so, finds what is, changes the difference.

It is plain Python with relative imports only, so that Ansible can also carry this very package
to another machine as module_utils. Start reading in `engine`.
"""

from .engine import Change, converge
from .faults import StateError

__all__ = ["Change", "StateError", "converge"]
