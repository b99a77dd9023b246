"""What is plugged in and out while somebody watches, told by kernel and sound server."""
