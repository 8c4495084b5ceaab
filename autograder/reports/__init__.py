"""Plain data below the outputs: report.json, regrade changes, similar pairs."""
