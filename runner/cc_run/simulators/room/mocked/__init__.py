"""What runs in Debian's own interpreter: the mocked devices of a simulated room."""
