"""Plain types: exercises, results, circuits, and how two values are compared."""
