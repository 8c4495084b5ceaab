"""Grade columns for Canvas, Moodle, nbgrader and spreadsheets."""
