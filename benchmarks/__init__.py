"""Measure grading beside stock nbgrader and beside the least that any grader must do.  Not part of the kit."""
