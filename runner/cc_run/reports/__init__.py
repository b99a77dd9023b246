"""The documents that people read, sign and keep."""
