"""The backprop assignment kit."""

__version__ = "0.2.0"
