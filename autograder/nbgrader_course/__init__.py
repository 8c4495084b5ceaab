"""nbgrader's course directory: made, graded through the kit's sandbox, its gradebook filled."""
