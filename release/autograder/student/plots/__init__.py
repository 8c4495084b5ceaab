"""Pictures, one module an assignment."""
