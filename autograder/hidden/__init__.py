"""What never leaves the instructor: hidden checks and misconceptions, one module an assignment."""
