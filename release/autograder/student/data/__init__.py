"""Data that pictures and notebooks use, one module an assignment, each file with its source and
licence beside it."""
