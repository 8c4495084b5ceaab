"""Where work is graded by a machine: CI and Gradescope."""
