"""The gate: every exercise is graded rightly, or `verify` says which is not."""
