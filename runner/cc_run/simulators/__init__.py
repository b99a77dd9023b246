"""Stand-ins for the outside world (Zoom, MIPP, the TV wall, the room), with state and with faults."""
