"""Step 5: the recording: OBS started, watched, stopped, and its file verified."""
