"""From sources to notebooks and bundles.  Nothing here runs while a class is graded, except reading the reference."""
