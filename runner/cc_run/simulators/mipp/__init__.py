"""A stand-in for MIPP: a web application for activities that behaves as Laravel ones do."""

from .app import create_app

__all__ = ["create_app"]
