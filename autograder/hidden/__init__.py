"""The files that never leave the instructor: hidden checks and misconceptions, one module an assignment."""
