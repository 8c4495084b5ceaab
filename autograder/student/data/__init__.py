"""Data that pictures and notebooks use, one module an assignment, each with its source and licence."""
