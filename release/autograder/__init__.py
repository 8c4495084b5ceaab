"""The backprop assignment kit."""

__version__ = "0.1.0"
