"""Measure grading beside other graders and beside the least that any grader must do.  Not part of the kit."""
