"""Named wrong answers, one file an assignment, and the words that several share."""
