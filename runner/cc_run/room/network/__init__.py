"""The network: the way out and its cable, what is reached over it, and how well."""

from cc_run.room.network.bandwidth import PROBES as _BANDWIDTH
from cc_run.room.network.cable import PROBES as _CABLE
from cc_run.room.network.quality import PROBES as _QUALITY
from cc_run.room.network.reach import PROBES as _REACH

PROBES = (*_CABLE, *_REACH, *_QUALITY, *_BANDWIDTH)

__all__ = ["PROBES"]
