"""From a download to cells: whose work it is, and which file counts."""
