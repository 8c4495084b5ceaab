"""Graders that are compared with the kit; they live in an environment of their own."""
