"""A stand-in for MIPP: a web application that behaves as Laravel or CodeIgniter ones do."""

from .app import create_app

__all__ = ["create_app"]
