"""Hidden checks, one file an assignment."""
