"""The conference phone: loudspeaker and microphone, at their volumes, and really heard."""
