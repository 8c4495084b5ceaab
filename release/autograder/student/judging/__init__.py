"""From a student's answers to results: one vocabulary of checks for notebook and grader."""
