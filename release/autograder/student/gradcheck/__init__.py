"""The gradient checker: measured slopes with error bounds, and the mistakes they name."""
