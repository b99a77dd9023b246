"""Stand-ins for the outside world (Zoom, MIPP, TV wall, room), with state and with faults."""
