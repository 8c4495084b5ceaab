"""Runs student code in processes of its own.  Knows no exercise: cells and calls go in, plain values come out."""
