"""A package, so that its room with OBS ends with the last of its tests."""
