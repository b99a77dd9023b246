"""Step 3: the Zoom meeting: its token, its host, its schedule, its invitation."""
