"""The typed, validated view of one room's inventory variables: the only configuration there is."""

from cc_run.settings.models import Settings

__all__ = ["Settings"]
