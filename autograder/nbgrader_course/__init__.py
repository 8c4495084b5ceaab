"""A course directory of nbgrader's: made, graded through the kit's sandbox, and its gradebook kept."""
