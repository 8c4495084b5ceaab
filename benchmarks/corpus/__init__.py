"""Right and wrong gradients, to measure gradient checkers by: who raises a false alarm, who misses a mistake."""
