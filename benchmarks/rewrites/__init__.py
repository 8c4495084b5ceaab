"""Right answers made by rewrites that keep the meaning, proved right, then graded: how many are refused."""
