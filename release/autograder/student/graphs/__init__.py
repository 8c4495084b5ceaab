"""Graphs of operations: which node's gradient is wrong."""
